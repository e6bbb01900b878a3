// The truth test: what a device computes against plain loops, forward and gradient, kernel by kernel. Some devices
// answer wrong numbers without an error, so no plan is made ready before each of its kernels was found right on this
// adapter with this build. A wrong one is computed by its safe form from then on, or the device is refused.
import type { Certificate, EngineProgress } from '../../src/contract/engine';
import { AbortError } from '../../src/contract/errors';
import type { KernelCheck } from '../../src/contract/train';
import { breathe } from '../breathe';
import { catalog, kernelNamed } from '../kernels/catalog';
import { checkKernel, type KernelFinding } from '../kernels/checks';
import type { Kernel } from '../kernels/kernel';
import type { Plan } from '../tape/plan';
import { answers } from './answers';
import type { Device, Session } from './device';
import { openCpuDevice } from './cpu-device';
import { keepCertificate, storedCertificate } from './certificates';
import { UntrustedError } from './untrusted';

export interface TrustedDevice extends Device {
  /** `choose` sets the device's variants of kernels; called before each test and before each plan is made ready. */
  session(choose?: () => void): Session;
  /** Tests every kernel of the catalog anew, by the variants that `choose` sets, and keeps the findings. */
  testAll(
    onProgress?: (progress: EngineProgress) => void,
    signal?: AbortSignal,
    choose?: () => void,
  ): Promise<Certificate>;
  /** Work that changes the device's variants: no plan is made ready and no kernel is tested meanwhile. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export interface TrustOptions {
  build: string;
  /** Short name of the variants of kernels that the device uses now. */
  variants?: () => string;
  /** For tests: another way to look at a kernel. */
  check?: (device: Device, kernel: Kernel) => Promise<KernelFinding>;
}

/** `device` with the truth test before every plan. Plain loops (cpu) are the truth itself and are not tested. */
export function trusted(device: Device, options: TrustOptions): TrustedDevice {
  const trust = new Trust(device, options);
  return {
    backend: device.backend,
    adapter: device.adapter,
    threads: device.threads,
    session: (choose) => withTrust(device.session(), trust, choose),
    dispose: () => device.dispose(),
    testAll: (onProgress, signal, choose) => trust.testAll(onProgress, signal, choose),
    alone: (work) => trust.inTurn(work),
  };
}

function defaultCheck(): NonNullable<TrustOptions['check']> {
  const reference = openCpuDevice({ precision: 'float64' });
  return (device, kernel) => checkKernel(device, kernel, reference);
}

const asItIs = (): void => undefined;

function withTrust(session: Session, trust: Trust, choose = asItIs): Session {
  return {
    ensure: (name, words) => session.ensure(name, words),
    write: (name, data, offset) => session.write(name, data, offset),
    readFloats: (name, offset, length) => session.readFloats(name, offset, length),
    readIntegers: (name, offset, length) => session.readIntegers(name, offset, length),
    async prepare(plan) {
      await trust.require(plan, choose);
      // A session reads the variants before it first waits, so the turn ends there; compiling may take long.
      const { prepared } = await trust.inTurn(() => {
        choose();
        return { prepared: session.prepare(plan) };
      });
      return prepared;
    },
    output: (prepared, name) => session.output(prepared, name),
    settled: () => session.settled(),
    bytes: () => session.bytes(),
    dispose: () => session.dispose(),
  };
}

type Looked = KernelFinding & { threw?: boolean };

class Trust {
  /** Kernels that were found right, by the variants in use. */
  private readonly right = new Map<string, Set<string>>();
  private readonly replaced = new Set<string>();
  private readonly known = new Map<string, Certificate | null>();
  private turn: Promise<unknown> = Promise.resolve();
  private readonly build: string;
  private readonly check: NonNullable<TrustOptions['check']>;
  private readonly variants: () => string;

  constructor(
    private readonly device: Device,
    { build, check, variants }: TrustOptions,
  ) {
    this.build = build;
    this.check = check ?? defaultCheck();
    this.variants = variants ?? (() => '');
  }

  /** Tests those kernels of the plan that were not found right yet. Throws UntrustedError where one cannot be used. */
  async require(plan: Plan, choose: () => void): Promise<void> {
    if (this.device.backend === 'cpu') return;
    const kernels = [...new Set(plan.calls.map((call) => call.kernel))];
    const variants = await this.chosen(choose);
    const missing = (): string[] => kernels.filter((kernel) => !this.isRight(variants, kernel));
    if (missing().length === 0) return;
    await this.test(missing().map(kernelNamed), variants, choose);
    const wrong = missing();
    if (wrong.length > 0)
      throw new UntrustedError(
        `The backend ${this.device.backend} computes ${wrong.join(', ')} wrong on this device (${this.device.adapter}). Choose another backend in Settings.`,
      );
  }

  async testAll(
    onProgress?: (progress: EngineProgress) => void,
    signal?: AbortSignal,
    choose = asItIs,
  ): Promise<Certificate> {
    const variants = await this.chosen(choose);
    this.right.delete(variants);
    return this.test(catalog, variants, choose, onProgress, signal);
  }

  /**
   * The variants are the device's, not a session's: who sets them and what goes by them share a turn. Turns are short (a
   * kernel's test, not all tests), so that a run that goes on meanwhile waits for none but the current one.
   */
  inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const next = this.turn.then(work);
    this.turn = next.then(
      () => undefined,
      () => undefined,
    );
    return next;
  }

  /** The variants that `choose` sets, by their short name, once it is known what was found of them earlier. */
  private chosen(choose: () => void): Promise<string> {
    return this.inTurn(async () => {
      choose();
      const variants = this.variants();
      await this.load(variants);
      return variants;
    });
  }

  private isRight(variants: string, kernel: string): boolean {
    return this.right.get(variants)?.has(kernel) ?? false;
  }

  /** What an earlier session found: right kernels need no test, replaced ones are replaced again. */
  private async load(variants: string): Promise<void> {
    if (this.known.has(variants)) return;
    const certificate = await storedCertificate(this.device.backend, this.device.adapter, this.build, variants);
    this.known.set(variants, certificate);
    for (const kernel of certificate?.replaced ?? []) this.replace(kernel);
    for (const { kernel, ok } of certificate?.checks ?? []) if (ok) this.note(variants, kernel);
  }

  private note(variants: string, kernel: string): void {
    const right = this.right.get(variants) ?? new Set<string>();
    this.right.set(variants, right.add(kernel));
  }

  private replace(kernel: string): boolean {
    if (!this.device.replace?.(kernel)) return false;
    this.replaced.add(kernel);
    return true;
  }

  private async test(
    kernels: readonly Kernel[],
    variants: string,
    choose: () => void,
    onProgress?: (progress: EngineProgress) => void,
    signal?: AbortSignal,
  ): Promise<Certificate> {
    const began = performance.now();
    const { backend } = this.device;
    const checks: KernelCheck[] = [];
    let answered = true;
    for (const [i, kernel] of kernels.entries()) {
      await breathe();
      if (signal?.aborted) throw new AbortError();
      onProgress?.({ phase: `${backend}: ${kernel.name}`, fraction: i / kernels.length });
      const finding = await this.inTurn(() => {
        choose();
        return this.look(kernel);
      });
      answered &&= !finding.threw;
      if (finding.ok) this.note(variants, kernel.name);
      checks.push({ backend, kernel: kernel.name, ok: finding.ok, difference: finding.difference });
    }
    const certificate = this.certify(variants, checks, (performance.now() - began) / 1000);
    if (answered) {
      this.known.set(variants, certificate);
      await keepCertificate(backend, this.device.adapter, certificate);
    }
    return certificate;
  }

  /** One kernel, and once more by its safe form where it is wrong. A throw may pass: it is no finding to be kept. */
  private async look(kernel: Kernel): Promise<Looked> {
    const once = async (): Promise<Looked> =>
      this.check(this.device, kernel).catch((error: unknown) => {
        // What was lost on the way computed nothing wrong: whoever asked is told of the loss.
        if (!answers(this.device)) throw error;
        const where = error instanceof Error ? error.message : String(error);
        return { ok: false, difference: Infinity, where, threw: true };
      });
    const found = await once();
    return found.ok || found.threw || !this.replace(kernel.name) ? found : once();
  }

  /** The new findings over the older ones. */
  private certify(variants: string, checks: KernelCheck[], seconds: number): Certificate {
    const before = this.known.get(variants)?.checks ?? [];
    const fresh = new Map(checks.map((each) => [each.kernel, each]));
    const all = [...before.filter(({ kernel }) => !fresh.has(kernel)), ...checks];
    all.sort((a, b) => (a.kernel < b.kernel ? -1 : 1));
    const failed = all.some(({ ok }) => !ok);
    const state = failed ? 'failed' : this.replaced.size > 0 ? 'passed-with-replacements' : 'passed';
    const replaced = [...this.replaced].sort();
    return { at: Date.now(), build: this.build, variants, state, seconds, checks: all, replaced };
  }
}
