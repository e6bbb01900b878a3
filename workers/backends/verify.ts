// The truth test: what a backend computes against plain loops, forward and backward, for every operation that
// trainers use. Some devices answer wrong numbers without an error; a run must not start on one.
import type { BackendChoice } from '../../src/contract/records';
import type { DeviceInfo, KernelCheck } from '../../src/contract/train';
import { getFact, putFact } from '../../src/storage/facts';
import { kernelCases } from '../kernels/cases';
import type { Backends } from './start';
import { computeOn, loadTensorflow } from './tensorflow';

const factName = (backend: string, adapter: string): string => `truth-test 1 ${backend} ${adapter}`;

export async function deviceInfo(backends: Backends, choice: BackendChoice): Promise<DeviceInfo> {
  const facts = await backends.detect();
  const chosen = await backends.choose(choice).catch(() => backends.choose('auto'));
  const stored = await getFact(factName(chosen.backend, chosen.adapter)).catch(() => null);
  const checks = (stored?.value ?? []) as KernelCheck[];
  return {
    backend: chosen.backend,
    adapter: chosen.adapter,
    threads: 1,
    crossOriginIsolated: globalThis.crossOriginIsolated ?? false,
    available: facts.map((fact) => ({
      backend: fact.backend,
      adapter: fact.adapter,
      usable: fact.usable,
      software: fact.software,
      reason: fact.backend === chosen.backend ? `${fact.reason} In use.` : fact.reason,
    })),
    selfTest: {
      state: checks.length === 0 ? 'not-run' : checks.every((check) => check.ok) ? 'passed' : 'failed',
      checks,
    },
  };
}

/** Every backend that can start here but the reference itself. Stores what it found, for `deviceInfo`. */
export async function verifyBackends(backends: Backends): Promise<KernelCheck[]> {
  const tf = await loadTensorflow();
  const all: KernelCheck[] = [];
  for (const fact of await backends.detect()) {
    if (!fact.usable || fact.backend === 'cpu') continue;
    const checks: KernelCheck[] = [];
    try {
      const { backend, adapter } = await backends.start(fact.backend);
      for (const one of kernelCases) {
        computeOn(tf, backend);
        const difference = await one.difference(tf, backend).catch(() => Infinity);
        checks.push({ backend, kernel: one.kernel, ok: difference <= one.tolerance, difference });
      }
      backends.check(backend);
      await putFact(factName(backend, adapter), checks);
    } catch {
      checks.push({ backend: fact.backend, kernel: 'start', ok: false, difference: Infinity });
    }
    all.push(...checks);
  }
  return all;
}
