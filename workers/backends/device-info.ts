// What computes here, as the device panel shows it. Reads what is stored; starts nothing and loads no kernel.
import type { BackendFacts, Certificate } from '../../src/contract/engine';
import type { BackendChoice } from '../../src/contract/records';
import type { DeviceInfo } from '../../src/contract/train';
import { storedCertificate } from './certificates';
import type { Backends } from './start';
import { storedTuning } from './tuning-table';
import type { BackendFact } from './types';

export async function deviceInfo(backends: Backends, choice: BackendChoice): Promise<DeviceInfo> {
  const facts = await backends.detect();
  const chosen = await backends.choose(choice).catch(() => backends.choose('auto'));
  const all = await Promise.all(facts.map((fact) => factsOf(backends, fact, fact.backend === chosen.backend)));
  const own = all.find(({ backend }) => backend === chosen.backend);
  return {
    backend: chosen.backend,
    adapter: chosen.adapter,
    threads: own?.threads ?? 1,
    crossOriginIsolated: globalThis.crossOriginIsolated ?? false,
    available: all.map(({ backend, adapter, usable, software, reason, inUse }) => ({
      backend,
      adapter,
      usable,
      software,
      reason: inUse ? `${reason} In use.` : reason,
    })),
    selfTest: selfTestOf(own?.certificate ?? null),
    backends: all,
  };
}

function selfTestOf(certificate: Certificate | null): DeviceInfo['selfTest'] {
  if (!certificate) return { state: 'not-run', checks: [] };
  return { state: certificate.state === 'failed' ? 'failed' : 'passed', checks: certificate.checks };
}

async function factsOf(backends: Backends, fact: BackendFact, inUse: boolean): Promise<BackendFacts> {
  const { backend, adapter, usable, software, reason } = fact;
  const { build } = backends.parts;
  const kept = usable && backend !== 'cpu';
  return {
    ...{ backend, adapter, usable, software, reason, inUse },
    threads: fact.threads ?? 1,
    features: fact.features ?? [],
    limits: fact.limits ?? {},
    relaxedSimd: backend === 'wasm' ? (fact.features ?? []).includes('relaxed-simd') : null,
    speed: fact.speed ?? null,
    certificate: kept ? await storedCertificate(backend, adapter, build) : null,
    tuning: kept ? await storedTuning(backend, adapter) : null,
  };
}
