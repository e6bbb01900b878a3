// The truth test of every backend that can start here, and the timing of variants and speed: what the device panel's
// buttons do. The test itself is trust.ts; what is shown without asking for it is device-info.ts.
import type { EngineProgress, TuningTable } from '../../src/contract/engine';
import type { KernelCheck } from '../../src/contract/train';
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
    if (!usable || backend === 'cpu') continue;
    const { device, gpu } = await backends.opened(backend);
    // The variants that the next run will use.
    gpu?.useTuning(await storedTuning(backend, device.adapter));
    const { checks } = await device.testAll(tell, signal);
    all.push(...checks);
  }
  return all;
}

/** Times the variants of kernels again on each backend that has some, and how fast each backend is. */
export async function tuneBackends(backends: Backends, tell: Tell, signal: AbortSignal): Promise<TuningTable[]> {
  const tables: TuningTable[] = [];
  for (const { backend, usable } of await backends.detect()) {
    if (!usable || backend === 'cpu') continue;
    const { device, gpu } = await backends.opened(backend);
    if (gpu) {
      const table = await tuneWebgpu(gpu, { onProgress: tell, signal });
      await storeTuning(device.adapter, table);
      tables.push(table);
    }
    tell({ phase: `measuring ${backend}`, fraction: null });
    await keepSpeed(device, await measureSpeed(device));
  }
  backends.forgetFacts();
  return tables;
}
