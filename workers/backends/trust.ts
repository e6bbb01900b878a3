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
import type { Device, Session } from './device';
import { openCpuDevice } from './cpu-device';
import { keepCertificate, storedCertificate } from './certificates';
import { UntrustedError } from './untrusted';

export interface TrustedDevice extends Device {
  /** `beforePrepare` is called right before each plan is made ready, once its kernels are known to be right. */
  session(beforePrepare?: () => void): Session;
  /** Tests every kernel of the catalog anew and keeps the findings. */
  testAll(onProgress?: (progress: EngineProgress) => void, signal?: AbortSignal): Promise<Certificate>;
}

export interface TrustOptions {
  build: string;
  /** For tests: another way to look at a kernel. */
  check?: (device: Device, kernel: Kernel) => Promise<KernelFinding>;
}

/** `device` with the truth test before every plan. Plain loops (cpu) are the truth itself and are not tested. */
export function trusted(device: Device, { build, check }: TrustOptions): TrustedDevice {
  const trust = new Trust(device, build, check ?? defaultCheck());
  return {
    backend: device.backend,
    adapter: device.adapter,
    threads: device.threads,
    session: (beforePrepare) => withTrust(device.session(), trust, beforePrepare),
    dispose: () => device.dispose(),
    testAll: (onProgress, signal) => trust.testAll(onProgress, signal),
  };
}

function defaultCheck(): NonNullable<TrustOptions['check']> {
  const reference = openCpuDevice({ precision: 'float64' });
  return (device, kernel) => checkKernel(device, kernel, reference);
}

function withTrust(session: Session, trust: Trust, beforePrepare?: () => void): Session {
  return {
    ensure: (name, words) => session.ensure(name, words),
    write: (name, data, offset) => session.write(name, data, offset),
    readFloats: (name, offset, length) => session.readFloats(name, offset, length),
    readIntegers: (name, offset, length) => session.readIntegers(name, offset, length),
    async prepare(plan) {
      await trust.require(plan);
      beforePrepare?.();
      return session.prepare(plan);
    },
    output: (prepared, name) => session.output(prepared, name),
    settled: () => session.settled(),
    bytes: () => session.bytes(),
    dispose: () => session.dispose(),
  };
}

class Trust {
  private readonly right = new Set<string>();
  private readonly replaced = new Set<string>();
  private known: Promise<Certificate | null> | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly device: Device,
    private readonly build: string,
    private readonly check: NonNullable<TrustOptions['check']>,
  ) {}

  /** Tests those kernels of the plan that were not found right yet. Throws UntrustedError where one cannot be used. */
  async require(plan: Plan): Promise<void> {
    if (this.device.backend === 'cpu') return;
    const missing = (): string[] =>
      [...new Set(plan.calls.map((call) => call.kernel))].filter((k) => !this.right.has(k));
    if (missing().length === 0) return;
    await this.inTurn(async () => {
      await this.load();
      const names = missing();
      if (names.length > 0) await this.test(names.map(kernelNamed));
      const wrong = missing();
      if (wrong.length > 0)
        throw new UntrustedError(
          `The backend ${this.device.backend} computes ${wrong.join(', ')} wrong on this device (${this.device.adapter}). Choose another backend in Settings.`,
        );
    });
  }

  testAll(onProgress?: (progress: EngineProgress) => void, signal?: AbortSignal): Promise<Certificate> {
    return this.inTurn(async () => {
      await this.load();
      this.right.clear();
      return this.test(catalog, onProgress, signal);
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.turn.then(work);
    this.turn = next.catch(() => undefined);
    return next;
  }

  /** What an earlier session found: right kernels need no test, replaced ones are replaced again. */
  private async load(): Promise<void> {
    this.known ??= storedCertificate(this.device.backend, this.device.adapter, this.build).then((certificate) => {
      for (const kernel of certificate?.replaced ?? []) this.replace(kernel);
      for (const { kernel, ok } of certificate?.checks ?? []) if (ok) this.right.add(kernel);
      return certificate;
    });
    await this.known;
  }

  private replace(kernel: string): boolean {
    if (!this.device.replace?.(kernel)) return false;
    this.replaced.add(kernel);
    return true;
  }

  private async test(
    kernels: readonly Kernel[],
    onProgress?: (progress: EngineProgress) => void,
    signal?: AbortSignal,
  ): Promise<Certificate> {
    const began = performance.now();
    const checks: KernelCheck[] = [];
    let answered = true;
    for (const [i, kernel] of kernels.entries()) {
      await breathe();
      if (signal?.aborted) throw new AbortError();
      onProgress?.({ phase: `${this.device.backend}: ${kernel.name}`, fraction: i / kernels.length });
      const look = async (): Promise<KernelFinding> =>
        this.check(this.device, kernel).catch((error: unknown) => {
          // A throw may pass (a lost device, no memory): it is no finding about this adapter to be kept.
          answered = false;
          return { ok: false, difference: Infinity, where: error instanceof Error ? error.message : String(error) };
        });
      let finding = await look();
      if (!finding.ok && answered && this.replace(kernel.name)) finding = await look();
      if (finding.ok) this.right.add(kernel.name);
      checks.push({
        backend: this.device.backend,
        kernel: kernel.name,
        ok: finding.ok,
        difference: finding.difference,
      });
    }
    const certificate = await this.certify(checks, (performance.now() - began) / 1000);
    if (answered) {
      this.known = Promise.resolve(certificate);
      await keepCertificate(this.device.backend, this.device.adapter, certificate);
    }
    return certificate;
  }

  /** The new findings over the older ones. */
  private async certify(checks: KernelCheck[], seconds: number): Promise<Certificate> {
    const before = (await this.known)?.checks ?? [];
    const fresh = new Map(checks.map((each) => [each.kernel, each]));
    const all = [...before.filter(({ kernel }) => !fresh.has(kernel)), ...checks];
    all.sort((a, b) => (a.kernel < b.kernel ? -1 : 1));
    const failed = all.some(({ ok }) => !ok);
    const state = failed ? 'failed' : this.replaced.size > 0 ? 'passed-with-replacements' : 'passed';
    return { at: Date.now(), build: this.build, state, seconds, checks: all, replaced: [...this.replaced].sort() };
  }
}
