// The truth test of every backend that can start here, and the timing of variants and speed: what the device panel's
// buttons do. The test itself is trust.ts; what is shown without asking for it is device-info.ts.
import type { EngineProgress, TuningTable } from '../../src/contract/engine';
import type { KernelCheck } from '../../src/contract/train';
import { DeviceError } from '../../src/contract/errors';
import type { BackendName } from '../../src/contract/records';
import { measureSpeed } from './speed';
import { keepSpeed } from './speed-facts';
import type { Backends } from './start';
import { storedTuning, storeTuning } from './tuning-table';
import { tuneWebgpu } from './webgpu-tuning';

type Tell = (progress: EngineProgress) => void;

/** Every backend that can start here but the reference itself. A backend that does not start has no findings. */
export async function verifyBackends(backends: Backends, tell?: Tell, signal?: AbortSignal): Promise<KernelCheck[]> {
  const all: KernelCheck[] = [];
  for (const { backend, usable } of await backends.detect()) {
    const open = usable && backend !== 'cpu' ? await started(backends, backend) : null;
    if (!open) continue;
    const { device, gpu } = open;
    // The variants that the next run will use.
    const next = gpu ? await storedTuning(backend, device.adapter) : null;
    const { checks } = await device.testAll(tell, signal, () => gpu?.useTuning(next));
    all.push(...checks);
  }
  return all;
}

/** Times the variants of kernels again on each backend that starts and has some, and how fast each backend is. */
export async function tuneBackends(backends: Backends, tell: Tell, signal: AbortSignal): Promise<TuningTable[]> {
  const tables: TuningTable[] = [];
  for (const { backend, usable } of await backends.detect()) {
    const open = usable && backend !== 'cpu' ? await started(backends, backend) : null;
    if (!open) continue;
    const { device, gpu } = open;
    if (gpu) {
      const table = await device.alone(() => tuneWebgpu(gpu, { onProgress: tell, signal }));
      await storeTuning(device.adapter, table);
      tables.push(table);
    }
    tell({ phase: `measuring ${backend}`, fraction: null });
    await keepSpeed(device, await measureSpeed(device));
  }
  backends.forgetFacts();
  return tables;
}

/** Null where it does not start: the others are looked at all the same, and a run that wants it is told why. */
async function started(backends: Backends, backend: BackendName) {
  try {
    return await backends.opened(backend);
  } catch (error) {
    if (error instanceof DeviceError) return null;
    throw error;
  }
}
