// The truth test: what a backend computes against plain loops, forward and backward, for every operation that
// trainers use. Some devices answer wrong numbers without an error; a run must not start on one.
import { DeviceError } from '../../src/contract/errors';
import type { BackendChoice } from '../../src/contract/records';
import type { DeviceInfo, KernelCheck } from '../../src/contract/train';
import { getFact, putFact } from '../../src/storage/facts';
import { kernels } from '../kernels';
import { kernelDifference } from '../kernels/check';
import { chooseBackend } from './choose';
import type { Backends } from './start';
import { loadTensorflow } from './tensorflow';
import type { BackendFact, StartedBackend } from './types';

const factName = (backend: string, adapter: string): string => `truth-test 2 ${backend} ${adapter}`;

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
  const all: KernelCheck[] = [];
  for (const fact of await backends.detect()) {
    if (!fact.usable || fact.backend === 'cpu') continue;
    try {
      await backends.start(fact.backend);
      all.push(...(await verifyStarted(backends, fact)));
    } catch {
      all.push({ backend: fact.backend, kernel: 'Start', ok: false, difference: Infinity });
    }
  }
  return all;
}

/** The truth test of one started backend. */
async function verifyStarted(backends: Backends, { backend, adapter }: BackendFact): Promise<KernelCheck[]> {
  const tf = await loadTensorflow();
  const checks: KernelCheck[] = [];
  let answered = true;
  for (const kernel of kernels) {
    const difference = await kernelDifference(tf, backend, kernel).catch(() => {
      answered = false;
      return Infinity;
    });
    checks.push({ backend, kernel: kernel.name, ok: difference <= kernel.tolerance, difference });
  }
  backends.check(backend);
  // A throw may pass (a lost device, no memory): it is no finding about this adapter to be kept.
  if (answered) await putFact(factName(backend, adapter), checks).catch(() => undefined);
  return checks;
}

/**
 * Starts the backend of a choice for a run and lets it through only when it computes right here: the stored
 * truth test of this adapter, or a fresh one where none was passed. By itself the choice falls back to the next backend; one chosen by
 * hand that fails is refused with DeviceError.
 */
export async function startTrusted(backends: Backends, choice: BackendChoice): Promise<StartedBackend> {
  const facts = await backends.detect();
  const first = chooseBackend(choice, facts);
  const candidates = choice === 'auto' ? facts.slice(facts.indexOf(first)).filter((fact) => fact.usable) : [first];
  let reason = '';
  for (const fact of candidates) {
    if (fact.software && choice === 'auto') continue;
    try {
      const started = await backends.start(fact.backend);
      if (fact.backend === 'cpu') return started;
      const stored = await getFact(factName(fact.backend, fact.adapter)).catch(() => null);
      const known = (stored?.value ?? []) as KernelCheck[];
      const passed = known.length > 0 && known.every((check) => check.ok);
      const checks = passed ? known : await verifyStarted(backends, fact);
      const bad = checks.filter((check) => !check.ok);
      if (bad.length === 0) return started;
      reason = `it computes ${bad.map((check) => check.kernel).join(', ')} wrong on this device`;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  throw new DeviceError(`The backend ${first.backend} was not used: ${reason}. Choose another one in Settings.`);
}
