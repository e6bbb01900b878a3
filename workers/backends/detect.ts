// Which backends can start here, found out without loading TensorFlow.js. The page learns within milliseconds
// what a run will use.
import type { BackendFact } from './types';

/** Bytes of a module that uses one SIMD instruction; validates only where SIMD exists. */
const simdModule = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

export function hasSimd(): boolean {
  return typeof WebAssembly !== 'undefined' && WebAssembly.validate(simdModule);
}

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

async function webgpuFact(): Promise<BackendFact> {
  const found = await findAdapter();
  if ('reason' in found)
    return { backend: 'webgpu', adapter: '', usable: false, software: false, reason: found.reason };
  const software = isSoftware(found.adapter.info);
  return {
    backend: 'webgpu',
    adapter: describeAdapter(found.adapter.info),
    usable: true,
    software,
    reason: software ? 'A software adapter: WebAssembly is many times faster here.' : 'A graphics processor.',
  };
}

function wasmFact(): BackendFact {
  const usable = hasSimd();
  const reason = usable ? 'Vector instructions of this processor.' : 'This browser has no WebAssembly SIMD.';
  return { backend: 'wasm', adapter: usable ? 'WebAssembly SIMD' : '', usable, software: false, reason };
}

/** webgpu, wasm, cpu, in the order of preference. */
export async function detectBackends(): Promise<BackendFact[]> {
  return [
    await webgpuFact(),
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
