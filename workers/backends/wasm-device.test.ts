// The WebAssembly device in Node: threads, memory, failures. Kernels against their references: kernels/suite.test.ts.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadKernels, startThread } from '../../scripts/wasm-node.mjs';
import type { Kernel, KernelCase } from '../kernels/kernel';
import { defineKernel, sizeOf } from '../kernels/kernel';
import { linearKernel, linearWeightGradient } from '../kernels/linear';
import { matMulKernel } from '../kernels/matmul';
import type { Plan } from '../tape/plan';
import type { Device } from './device';
import { openWasmDevice } from './wasm-device';
import type { WasmBuild } from './wasm-module';

const outOfBounds = defineKernel({
  name: 'OutOfBounds',
  inputs: ['x'],
  infer: ([x]) => [x!],
  reference: () => undefined,
  wasm: () => [{ fn: 'matmul_thin', args: [0xffff0000, 0, 0xfffffff0, 0, 2, 40000, 16, 0, 1, 0] }],
  cases: [],
});
const negated = defineKernel({
  name: 'Negated',
  inputs: ['x'],
  infer: ([x]) => [x!],
  reference: ([x], [y]) => x!.forEach((value, i) => (y![i] = -value)),
  cases: [],
});
vi.mock(import('../kernels/catalog'), async (load) => {
  const actual = await load();
  const own = (name: string) => [outOfBounds, negated].find((kernel) => kernel.name === name);
  return { ...actual, kernelNamed: (name) => own(name) ?? actual.kernelNamed(name) };
});

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

test('the number of threads changes no bit', async () => {
  const devices = await Promise.all([1, 2, 3, 5].map((threads) => open(threads)));
  const large: KernelCase[] = [
    { inputs: [float([203, 1100]), float([1100, 333])], attrs: { transposeA: false, transposeB: false, alpha: 1 } },
    { inputs: [float([24, 700]), float([700, 900])], attrs: { transposeA: false, transposeB: false, alpha: 1 } },
    { inputs: [float([9, 70, 40]), float([9, 70, 30])], attrs: { transposeA: true, transposeB: false, alpha: 1 } },
  ];
  for (const [kernel, cases] of [
    [matMulKernel, [...large, ...matMulKernel.cases]],
    [linearKernel, linearKernel.cases],
    [linearWeightGradient, linearWeightGradient.cases],
  ] satisfies [Kernel, readonly KernelCase[]][])
    for (const each of cases) {
      const [one, ...others] = await Promise.all(devices.map((device) => compute(device, kernel, each)));
      for (const other of others) expect(other).toEqual(one);
    }
});

test('kernels without WebAssembly run as references, on any number of threads', async () => {
  for (const threads of [1, 2]) {
    const device = await open(threads);
    const [out] = await compute(device, negated, { inputs: [float([5])], attrs: {} });
    expect(out).toEqual(numbers(5, 0).map((value) => -value));
  }
});

test('a slab that grows keeps its contents, and plans find it again', async () => {
  const session = (await open()).session();
  const plan = planOf(negated, { inputs: [float([4])], attrs: {} });
  const prepared = await session.prepare(plan);
  session.write('in0', Float32Array.of(1, 2, 3, 4));
  session.ensure('in0', 1 << 20);
  session.write('in0', Float32Array.of(7), 1);
  await prepared.run();
  expect([...(await session.output(prepared, 'out0'))]).toEqual([-1, -7, -3, -4]);
  expect(() => session.write('in0', Float32Array.of(1), 1 << 20)).toThrow(RangeError);
});

test('bytes stay flat, and go back to nothing', async () => {
  const device = await open(2);
  const session = device.session();
  const prepared = await session.prepare(planOf(matMulKernel, matMulKernel.cases[3]!));
  await prepared.run();
  const bytes = session.bytes();
  for (let i = 0; i < 2000; i++) await prepared.run();
  expect(session.bytes()).toBe(bytes);
  prepared.dispose();
  session.dispose();
  expect(session.bytes()).toBe(0);
  await expect(prepared.run()).rejects.toThrow('disposed');
});

test('plans of other sizes work in the same memory, and keep their outputs apart', async () => {
  const session = (await open()).session();
  const twice = (length: number): Plan => {
    const plan = planOf(negated, { inputs: [float([length])], attrs: {} });
    const [first] = plan.calls;
    plan.arrays.push({ ...plan.arrays[1]!, id: 2 });
    plan.calls.push({ ...first!, inputs: [1], outputs: [2] });
    return { ...plan, outputs: { out0: 2 } };
  };
  const sizes = [4096, 1024, 8192];
  const prepared = [];
  for (const size of sizes) prepared.push(await session.prepare(twice(size)));
  session.write('in0', numbers(8192, 1));
  for (const each of [...prepared, ...prepared]) await each.run();
  for (const [i, size] of sizes.entries()) expect(await session.output(prepared[i]!, 'out0')).toEqual(numbers(size, 1));
  // The input, what lies between (of the largest) and each one's output.
  expect(session.bytes()).toBe(4 * (8192 + 8192 + 4096 + 1024 + 8192));
});

describe('failures are DeviceErrors within a second', () => {
  test.each([1, 2])('a kernel that traps, %i threads', async (threads) => {
    const session = (await open(threads)).session();
    const prepared = await session.prepare(planOf(outOfBounds, { inputs: [float([4])], attrs: {} }));
    const began = performance.now();
    await expect(prepared.run()).rejects.toMatchObject({ name: 'DeviceError' });
    expect(performance.now() - began).toBeLessThan(1000);
    await expect(session.settled()).rejects.toMatchObject({ name: 'DeviceError' });
    await expect(prepared.run()).rejects.toMatchObject({ name: 'DeviceError' });
  });

  test('a thread that died', async () => {
    const terminate: (() => void)[] = [];
    const device = await openWasmDevice({
      load: loadKernels,
      threads: 2,
      startThread: async () => {
        const started = await startThread(1);
        terminate.push(started.terminate);
        return started;
      },
    });
    const session = device.session();
    const prepared = await session.prepare(planOf(matMulKernel, matMulKernel.cases[3]!));
    await prepared.run();
    terminate.forEach((end) => end());
    await new Promise((next) => setTimeout(next, 50));
    const began = performance.now();
    await expect(prepared.run()).rejects.toMatchObject({ name: 'DeviceError' });
    expect(performance.now() - began).toBeLessThan(1200);
    device.dispose();
  });

  test('more memory than there is', async () => {
    const session = (await open()).session();
    expect(() => session.ensure('embedding', 1.5e9)).toThrow(
      /The array "embedding" of the model takes 5723 MB.*Lower the batch size/s,
    );
  });
});

function float(shape: readonly number[]) {
  return { shape, dtype: 'float32' as const };
}
