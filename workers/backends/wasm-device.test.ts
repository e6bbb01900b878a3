// The WebAssembly device in Node: kernels against their references, threads, memory, failures.
import { afterEach, describe, expect, test } from 'vitest';
import { loadKernels, startThread } from '../../scripts/wasm-node.mjs';
import type { Kernel, KernelCase, Numbers } from '../kernels/kernel';
import { sizeOf } from '../kernels/kernel';
import { linearKernel, linearWeightGradient } from '../kernels/linear';
import { matMulKernel } from '../kernels/matmul';
import type { Plan } from '../tape/plan';
import type { Device } from './device';
import { openWasmDevice } from './wasm-device';
import type { WasmBuild } from './wasm-module';

let opened: Device[] = [];
afterEach(() => {
  opened.forEach((device) => device.dispose());
  opened = [];
});

async function open(threads = 1, build: WasmBuild = 'relaxed'): Promise<Device> {
  const device = await openWasmDevice({ load: loadKernels, startThread, threads, build });
  opened.push(device);
  return device;
}

const numbers = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * 12.9898 + seed) * 1.7);

/** A plan of one call. */
function planOf(kernel: Kernel, { inputs, attrs }: KernelCase): Plan {
  const outputs = kernel.infer(inputs, attrs);
  return {
    arrays: [
      ...inputs.map(({ shape, dtype }, id) => ({ id, kind: 'input' as const, name: `in${id}`, shape, dtype })),
      ...outputs.map((spec, i) => ({ ...spec, id: inputs.length + i, kind: 'temporary' as const })),
    ],
    calls: [
      {
        kernel: kernel.name,
        attrs,
        inputs: inputs.map((_, i) => i),
        outputs: outputs.map((_, i) => inputs.length + i),
        scope: '',
      },
    ],
    outputs: Object.fromEntries(outputs.map((_, i) => [`out${i}`, inputs.length + i])),
    slabs: [],
  };
}

async function compute(device: Device, kernel: Kernel, each: KernelCase): Promise<Float32Array[]> {
  const session = device.session();
  const plan = planOf(kernel, each);
  const prepared = await session.prepare(plan);
  each.inputs.forEach((spec, i) => session.write(`in${i}`, numbers(sizeOf(spec), i)));
  await prepared.run();
  const outputs = await Promise.all(Object.keys(plan.outputs).map((name) => session.output(prepared, name)));
  session.dispose();
  return outputs;
}

function reference(kernel: Kernel, { inputs, attrs }: KernelCase): Numbers[] {
  const outputs = kernel.infer(inputs, attrs);
  const results = outputs.map((spec) => new Float64Array(sizeOf(spec)));
  kernel.reference(
    inputs.map((spec, i) => numbers(sizeOf(spec), i)),
    results,
    { inputs, outputs, attrs },
  );
  return results;
}

function difference(a: Numbers, b: Numbers): number {
  let largest = 0;
  let scale = 1e-30;
  for (let i = 0; i < b.length; i++) {
    largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return largest / scale;
}

const products: readonly Kernel[] = [matMulKernel, linearKernel, linearWeightGradient];

describe('products', () => {
  test.each([
    ['relaxed', 1],
    ['simd', 1],
    ['relaxed', 2],
    ['relaxed', 3],
  ] as const)('%s, %i threads: every case equals the reference', async (build, threads) => {
    const device = await open(threads, build);
    expect(device.threads).toBe(threads);
    for (const kernel of products)
      for (const each of kernel.cases) {
        const results = await compute(device, kernel, each);
        reference(kernel, each).forEach((expected, i) => {
          const what = JSON.stringify([kernel.name, i, each.inputs.map(({ shape }) => shape), each.attrs]);
          expect(difference(results[i]!, expected), what).toBeLessThan(kernel.tolerance);
        });
      }
  });
});
