// Starts backends when first needed and remembers them; one that failed is opened anew at the next asking, once. What
// it gives is tested (trust.ts) and keeps to the kernel variants it is told (a run's own, or this adapter's).
import type { TuningTable } from '../../src/contract/engine';
import { AbortError, DeviceError } from '../../src/contract/errors';
import type { BackendChoice, BackendName } from '../../src/contract/records';
import { answers } from './answers';
import { chooseBackend, needsProbe, ranked } from './choose';
import { asStarted, detectBackends, isSoftware } from './detect';
import type { Device } from './device';
import { storedSpeed } from './speed-facts';
import type { TrustedDevice } from './trust';
import { storedTuning } from './tuning-table';
import type { BackendFact, StartedBackend } from './types';
import { UntrustedError } from './untrusted';
import type { WebgpuDevice } from './webgpu-device';

export interface BackendParts {
  /** The program's version: what was tested with another one is tested again. */
  build: string;
  /** Opens the WebAssembly device of this thread; without a number with as many threads as there are cores. */
  openWasm(threads?: number): Promise<Device>;
  /** Where `navigator.gpu` is missing (Node). */
  gpu?: GPU;
}

export interface Open {
  device: TrustedDevice;
  gpu: WebgpuDevice | null;
}

export class Backends {
  private facts: Promise<BackendFact[]> | null = null;
  private readonly open = new Map<BackendName, Promise<Open>>();
  private readonly watchers = new Set<(error: DeviceError) => void>();
  /** The WebAssembly device as it started last. */
  private wasm: Device | null = null;
  private fullSpeed = false;
  private probing: Promise<void> | null = null;

  constructor(readonly parts: BackendParts) {}

  /** Every backend, with the speed that was measured of it. */
  detect(): Promise<BackendFact[]> {
    this.facts ??= detectBackends(this.parts.gpu).then((facts) => this.known(facts));
    return this.facts;
  }

  private known(facts: readonly BackendFact[]): Promise<BackendFact[]> {
    const { wasm } = this;
    return Promise.all(facts.map((fact) => withSpeed(wasm && fact.backend === 'wasm' ? asStarted(fact, wasm) : fact)));
  }

  /** What was known may have changed: the next question looks again. */
  forgetFacts(): void {
    this.facts = null;
  }

  /** The backend a run with this choice would get, without starting it. */
  async choose(choice: BackendChoice): Promise<BackendFact> {
    return chooseBackend(choice, await this.detect());
  }

  /** In the order of preference: the one asked for, or all that may be used by themselves. */
  async candidates(choice: BackendChoice): Promise<BackendFact[]> {
    const facts = await this.detect();
    const first = chooseBackend(choice, facts);
    return choice === 'auto' ? ranked(facts) : [first];
  }

  /**
   * Measures each backend that could do the work, where one was not measured yet: names tell little. Half a second once
   * on a computer. What does not answer is left to its place in the list.
   */
  probe(): Promise<void> {
    this.probing ??= this.measureRivals();
    return this.probing;
  }

  private async measureRivals(): Promise<void> {
    const facts = await this.detect();
    if (!needsProbe(facts)) {
      // Whether it is needed is asked again: there may be another adapter by then.
      this.probing = null;
      return;
    }
    const { speedOf } = await import('./speed');
    for (const { backend, usable } of facts)
      if (usable && backend !== 'cpu')
        await this.opened(backend)
          .then(({ device }) => speedOf(device))
          .catch(() => undefined);
    this.forgetFacts();
  }

  /** `tuning`: kernel variants to keep to; absent = what was measured on this adapter. */
  async start(choice: BackendChoice, tuning?: TuningTable | null): Promise<StartedBackend> {
    const { backend } = await this.choose(choice);
    const open = await this.opened(backend);
    const { device, gpu } = open;
    const table = tuning === undefined ? await this.tuned(open) : tuning;
    return {
      backend,
      adapter: device.adapter,
      threads: device.threads,
      tuning: table,
      // Others may use other variants in between, so they are set anew before each plan.
      device: gpu ? { ...device, session: () => device.session(() => gpu.useTuning(table)) } : device,
    };
  }

  /**
   * Variants as measured on this adapter; measured now, at most 3 s, where that was not done and would tell something.
   * Null where there are none to choose from. Rejects with AbortError where the signal calls it off.
   */
  async tuned({ device, gpu }: Open, signal?: AbortSignal): Promise<TuningTable | null> {
    if (!gpu) return null;
    const stored = await storedTuning('webgpu', gpu.adapter);
    if (stored || isSoftware(gpu.info)) return stored;
    const { tunedTable } = await import('./webgpu-tuning');
    return device
      .alone(() => tunedTable(gpu, signal ? { signal } : {}))
      .catch((error: unknown) => {
        if (error instanceof AbortError) throw error;
        return null;
      });
  }

  /**
   * Runs `use` on the first backend of the choice that starts and computes right, in the order of preference. Rejects
   * with DeviceError where none does; any other error of `use` passes through.
   */
  async startTrusted<T>(
    choice: BackendChoice,
    use: (started: StartedBackend) => Promise<T>,
    tuning?: TuningTable | null,
  ): Promise<T> {
    if (choice === 'auto') await this.probe();
    const candidates = await this.candidates(choice);
    let reason: unknown;
    for (const { backend } of candidates) {
      let started: StartedBackend;
      try {
        started = await this.start(backend, tuning);
      } catch (error) {
        reason = error;
        continue;
      }
      try {
        return await use(started);
      } catch (error) {
        if (!(error instanceof UntrustedError)) throw error;
        reason = error;
      }
    }
    if (reason instanceof DeviceError) throw reason;
    const told = reason instanceof Error ? reason.message : String(reason);
    throw new DeviceError(`No backend could be used: ${told}. Choose another one in Settings.`, { cause: reason });
  }

  /** Rejects as soon as the device of `backend` fails; never resolves. `leave` ends the watch. */
  watch(backend: BackendName): { failed: Promise<never>; leave(): void } {
    let watcher: (error: DeviceError) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => (watcher = reject));
    failed.catch(() => undefined);
    if (backend === 'webgpu') this.watchers.add(watcher);
    return { failed, leave: () => this.watchers.delete(watcher) };
  }

  /** Longer portions of work at a time, where a backend cuts its work for the page's sake. */
  async setFullSpeed(fullSpeed: boolean): Promise<void> {
    this.fullSpeed = fullSpeed;
    const gpu = await this.open.get('webgpu')?.catch(() => null);
    gpu?.gpu?.setFullSpeed(fullSpeed);
  }

  /** Whether this device can still compute. */
  answers(device: Device): boolean {
    return answers(device);
  }

  /** The device itself, opened where it is not; one that failed is opened anew. */
  async opened(backend: BackendName): Promise<Open> {
    const known = this.open.get(backend);
    if (known) {
      const open = await known.catch(() => null);
      if (open && answers(open.device)) return open;
      open?.device.dispose();
      if (this.open.get(backend) === known) this.open.delete(backend);
      return this.opened(backend);
    }
    const opening = this.openOne(backend);
    this.open.set(backend, opening);
    opening.catch(() => {
      if (this.open.get(backend) === opening) this.open.delete(backend);
    });
    return opening;
  }

  private async openOne(backend: BackendName): Promise<Open> {
    const { build } = this.parts;
    // Kernels and TensorFlow.js are loaded by the first run or question that computes.
    const { trusted } = await import('./trust');
    switch (backend) {
      case 'webgpu': {
        const { openWebgpuDevice } = await import('./webgpu-device');
        const gpu = await openWebgpuDevice({
          ...(this.parts.gpu ? { gpu: this.parts.gpu } : {}),
          fullSpeed: this.fullSpeed,
          onFailure: (error) => {
            // What was known about adapters no longer holds; the next start asks again, once.
            this.facts = null;
            for (const watcher of this.watchers) watcher(error);
          },
        });
        return { device: trusted(gpu, { build, variants: () => variantsOf(gpu.tuning()) }), gpu };
      }
      case 'wasm': {
        const wasm = await this.parts.openWasm();
        this.wasm = wasm;
        this.facts = this.facts && this.facts.then((facts) => this.known(facts));
        return { device: trusted(wasm, { build }), gpu: null };
      }
      case 'cpu': {
        const { openCpuDevice } = await import('./cpu-device');
        return { device: trusted(openCpuDevice(), { build }), gpu: null };
      }
      default:
        throw new DeviceError(`There is no backend "${String(backend satisfies never)}".`);
    }
  }
}

/** Which variants a table chooses, in one line. */
function variantsOf(table: TuningTable | null): string {
  return (table?.entries ?? []).map(({ kernel, sizeClass, variant }) => `${kernel} ${sizeClass} ${variant}`).join(', ');
}

async function withSpeed(fact: BackendFact): Promise<BackendFact> {
  const { backend, adapter, threads = 1, usable } = fact;
  if (!usable || backend === 'cpu') return fact;
  return { ...fact, speed: await storedSpeed({ backend, adapter, threads }) };
}
