// Starts backends when first needed and remembers them; a lost one is started anew at the next asking, once.
import type { EngineProgress, TuningTable } from '../../src/contract/engine';
import { AbortError, DeviceError } from '../../src/contract/errors';
import type { BackendChoice, BackendName } from '../../src/contract/records';
import { chooseBackend } from './choose';
import { startCpu } from './cpu';
import { detectBackends } from './detect';
import type { BackendFact, StartedBackend } from './types';
import { startWasm } from './wasm';
import { startWebgpu, type WebgpuDevice } from './webgpu';

export class Backends {
  private facts: Promise<BackendFact[]> | null = null;
  private readonly starting = new Map<BackendName, Promise<void>>();
  private gpu: WebgpuDevice | null = null;
  private readonly watchers = new Set<(error: DeviceError) => void>();

  constructor(private readonly wasmUrl: string) {}

  detect(): Promise<BackendFact[]> {
    this.facts ??= detectBackends();
    return this.facts;
  }

  /** The backend a run with this choice would get, without starting it. */
  async choose(choice: BackendChoice): Promise<BackendFact> {
    return chooseBackend(choice, await this.detect());
  }

  async start(choice: BackendChoice): Promise<StartedBackend> {
    const fact = await this.choose(choice);
    const { backend } = fact;
    if (backend === 'webgpu' && this.gpu?.failure()) this.starting.delete('webgpu');
    let started = this.starting.get(backend);
    if (!started) {
      started = this.startOne(backend);
      this.starting.set(backend, started);
      started.catch(() => this.starting.delete(backend));
    }
    await started;
    return { backend, adapter: backend === 'webgpu' ? (this.gpu?.adapter ?? fact.adapter) : fact.adapter, threads: 1 };
  }

  /** Rejects as soon as the device of `backend` fails; never resolves. `leave` ends the watch. */
  watch(backend: BackendName): { failed: Promise<never>; leave(): void } {
    let watcher: (error: DeviceError) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => (watcher = reject));
    failed.catch(() => undefined);
    if (backend === 'webgpu') this.watchers.add(watcher);
    return { failed, leave: () => this.watchers.delete(watcher) };
  }

  /** Throws what went wrong with the device of `backend`, where something did. */
  check(backend: BackendName): void {
    const failure = backend === 'webgpu' ? this.gpu?.failure() : null;
    if (failure) throw failure;
  }

  /** No kernel has variants to choose from yet where nothing was started that has some. */
  async tune(onProgress: (progress: EngineProgress) => void, signal: AbortSignal): Promise<TuningTable[]> {
    if (signal.aborted) throw new AbortError();
    onProgress({ phase: 'nothing to tune', fraction: 1 });
    return Promise.resolve([]);
  }

  private async startOne(backend: BackendName): Promise<void> {
    switch (backend) {
      case 'webgpu':
        this.gpu = await startWebgpu((error) => {
          // What was known about adapters no longer holds; the next start asks again, once.
          this.facts = null;
          for (const watcher of this.watchers) watcher(error);
        });
        return;
      case 'wasm':
        return startWasm(this.wasmUrl);
      case 'cpu':
        return startCpu();
      default:
        throw new DeviceError(`There is no backend "${String(backend satisfies never)}".`);
    }
  }
}
