// Which backends can start here, found out without starting one. The page learns within milliseconds what a run will
// use.
import type { Device } from './device';
import type { BackendFact } from './types';
import { bestBuild, canShareMemory, wasmAdapter, wasmThreads } from './wasm-module';

export function describeAdapter(info: GPUAdapterInfo): string {
  const words = [info.vendor, info.architecture, info.device, info.description].filter((word) => word !== '');
  return words.length > 0 ? [...new Set(words)].join(' ') : 'unnamed adapter';
}

export function isSoftware(info: GPUAdapterInfo): boolean {
  const name = describeAdapter(info).toLowerCase();
  return ('isFallbackAdapter' in info && info.isFallbackAdapter) || /swiftshader|llvmpipe|lavapipe|software/.test(name);
}

const pageGpu = (): GPU | undefined =>
  typeof navigator === 'undefined' ? undefined : (navigator as Partial<Pick<Navigator, 'gpu'>>).gpu;

/** One adapter, asked for once: after a crash of the GPU process a page gets null until it is reloaded. */
export async function findAdapter(
  gpu: GPU | undefined = pageGpu(),
): Promise<{ adapter: GPUAdapter } | { reason: string }> {
  if (!gpu) return { reason: 'This browser offers no WebGPU.' };
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    return adapter ? { adapter } : { reason: 'No graphics adapter answered. Reload the page to ask again.' };
  } catch (error) {
    return { reason: `The graphics adapter could not be asked: ${error instanceof Error ? error.message : error}` };
  }
}

async function webgpuFact(gpu?: GPU): Promise<BackendFact> {
  const found = await findAdapter(gpu);
  if ('reason' in found)
    return { backend: 'webgpu', adapter: '', usable: false, software: false, reason: found.reason };
  const { info, features } = found.adapter;
  const software = isSoftware(info);
  return {
    backend: 'webgpu',
    adapter: describeAdapter(info),
    usable: true,
    software,
    reason: software ? 'A software adapter: WebAssembly is many times faster here.' : 'A graphics processor.',
    features: [...features].sort(),
    limits: limitsOf(found.adapter),
  };
}

function limitsOf({ limits }: GPUAdapter): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name in limits) {
    const value: unknown = Reflect.get(limits, name);
    if (typeof value === 'number') found[name] = value;
  }
  return found;
}

function wasmFact(): BackendFact {
  const fact: BackendFact = { backend: 'wasm', adapter: '', usable: false, software: false, reason: '' };
  if (typeof WebAssembly === 'undefined') return { ...fact, reason: 'This browser has no WebAssembly.' };
  try {
    const build = bestBuild();
    const threads = wasmThreads();
    const features = [
      'simd',
      ...(build === 'relaxed' ? ['relaxed-simd'] : []),
      ...(canShareMemory() ? ['threads'] : []),
    ];
    const reason = 'Vector instructions of this processor, on our own threads.';
    return {
      ...fact,
      adapter: wasmAdapter(build),
      usable: true,
      reason,
      threads,
      features,
      limits: { maxMemoryBytes: 2 ** 32 },
    };
  } catch (error) {
    return { ...fact, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The fact as its device turned out once it was started: a build may have been passed over, threads not to be had. What is
 * stored of a device goes by these names.
 */
export function asStarted(fact: BackendFact, { adapter, threads }: Pick<Device, 'adapter' | 'threads'>): BackendFact {
  const gone = new Set([
    ...(adapter === wasmAdapter('relaxed') ? [] : ['relaxed-simd']),
    ...(threads > 1 ? [] : ['threads']),
  ]);
  return { ...fact, adapter, threads, features: (fact.features ?? []).filter((name) => !gone.has(name)) };
}

/** webgpu, wasm, cpu, in the order of preference. */
export async function detectBackends(gpu?: GPU): Promise<BackendFact[]> {
  return [
    await webgpuFact(gpu),
    wasmFact(),
    {
      backend: 'cpu',
      adapter: 'JavaScript',
      usable: true,
      software: false,
      reason: 'Always there, and the reference.',
    },
  ];
}
