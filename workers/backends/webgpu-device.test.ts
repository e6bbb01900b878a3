// The WebGPU device on an adapter that Dawn finds, with kernels of its own; all real kernels are in kernels/suite.test.ts.
import { afterAll, describe, expect, it } from 'vitest';
import { DeviceError, LimitError } from '../../src/contract/errors';
import { defineKernel, sizeOf, type Kernel } from '../kernels/kernel';
import type { Plan, PlanArray } from '../tape/plan';
import { startDawn } from './testing/dawn';
import { standIn } from './testing/stand-in';
import { GpuMemory } from './webgpu-buffers';
import { openWebgpuDevice, type WebgpuDevice } from './webgpu-device';
import { GpuHealth } from './webgpu-health';

const dawn = await startDawn();
const title = 'reason' in dawn ? `(skipped: ${dawn.reason})` : '';

const body = (change: string, size: number): string => `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let i = thread.x;
  if (i >= ${size}u) { return; }
  ${change}
}`;

const add: Kernel = defineKernel({
  name: 'TestAdd',
  inputs: ['a', 'b'],
  infer: ([a]) => [a!],
  reference: () => undefined,
  webgpu: ({ outputs: [y] }) => [
    {
      wgsl: `@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
${body('y[i] = a[i] + b[i];', sizeOf(y!))}`,
      bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
      workgroups: [Math.ceil(sizeOf(y!) / 64), 1, 1],
    },
  ],
  cases: [],
});
/** x += by, in place. */
const increase: Kernel = defineKernel({
  name: 'TestIncrease',
  inputs: ['x', 'by'],
  infer: () => [],
  mutates: [0],
  reference: () => undefined,
  webgpu: ({ inputs: [x] }) => [
    {
      wgsl: `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read> by: array<f32>;
${body('x[i] += by[i];', sizeOf(x!))}`,
      bindings: [{ input: 0 }, { input: 1 }],
      workgroups: [Math.ceil(sizeOf(x!) / 64), 1, 1],
    },
  ],
  cases: [],
});
/** Has no shader. */
const double: Kernel = defineKernel({
  name: 'TestDouble',
  inputs: ['x'],
  infer: ([x]) => [x!],
  reference: ([x], [y]) => x!.forEach((value, i) => (y![i] = 2 * value)),
  cases: [],
});
const wrong: Kernel = defineKernel({
  name: 'TestWrong',
  inputs: ['x'],
  infer: ([x]) => [x!],
  reference: () => undefined,
  webgpu: () => [
    {
      wgsl: `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { y[0] = not_there; }`,
      bindings: [{ input: 0 }, { output: 0 }],
      workgroups: [1, 1, 1],
    },
  ],
  cases: [],
});

const array = (id: number, words: number, rest: Partial<PlanArray> & Pick<PlanArray, 'kind'>): PlanArray => ({
  id,
  shape: [words],
  dtype: 'float32',
  ...rest,
});
const step = (kernel: Kernel, inputs: number[], outputs: number[]): Plan['calls'][number] => ({
  kernel: kernel.name,
  attrs: {},
  inputs,
  outputs,
  scope: 'test',
});

const devices: WebgpuDevice[] = [];
async function open(options: Parameters<typeof openWebgpuDevice>[0] = {}): Promise<WebgpuDevice> {
  if ('reason' in dawn) throw new Error(dawn.reason);
  const device = await openWebgpuDevice({ gpu: dawn.gpu, kernels: [add, increase, wrong, double], ...options });
  devices.push(device);
  return device;
}
afterAll(() => devices.forEach((device) => device.dispose()));

/** weights (two views of one slab): total = x + c, second view = first view + total; the first is then increased. */
function twoViews(words: number): Plan {
  return {
    arrays: [
      array(0, words, { kind: 'input', name: 'x' }),
      array(1, words, { kind: 'persistent', constant: new Float32Array(words).fill(0.5) }),
      array(2, words, { kind: 'temporary' }),
      array(3, words, { kind: 'persistent', name: 'weights', offset: 0 }),
      array(4, words, { kind: 'persistent', name: 'weights', offset: 128 }),
      array(5, words, { kind: 'temporary', alias: 2 }),
    ],
    calls: [step(add, [0, 1], [2]), step(add, [3, 5], [4]), step(increase, [3, 2], [])],
    outputs: { total: 5 },
    slabs: [{ name: 'weights', words: 128 + words, dtype: 'float32' }],
  };
}

describe.skipIf('reason' in dawn)(`the WebGPU device ${title}`, () => {
  it('replays a plan over slabs, inputs, constants and temporaries', async () => {
    const device = await open();
    const session = device.session();
    const plan = await session.prepare(twoViews(100));
    session.write(
      'x',
      Float32Array.from({ length: 100 }, (_, i) => i),
    );
    for (let run = 0; run < 3; run++) await plan.run();
    expect(await session.output(plan, 'total')).toEqual(Float32Array.from({ length: 100 }, (_, i) => i + 0.5));
    expect((await session.readFloats('weights', 3, 1))[0]).toBe(3 * 3.5);
    expect((await session.readFloats('weights', 128 + 3, 1))[0]).toBe(2 * 3.5 + 3.5);
    expect(plan.dispatches).toBe(3);
    const times = await plan.timed();
    expect(times.map(({ call, dispatches, bytes }) => [call, dispatches, bytes])).toEqual([
      [0, 1, 1200],
      [1, 1, 1200],
      [2, 1, 800],
    ]);
    expect(times.every(({ durationMs }) => durationMs >= 0 && durationMs < 1000)).toBe(true);
    await session.settled();
    session.dispose();
    expect(device.bytes()).toBe(0);
  });

  it('keeps values when a slab grows, and plans made before still run', async () => {
    const session = (await open()).session();
    const plan = await session.prepare(twoViews(100));
    session.write('weights', Float32Array.of(7), 99);
    session.ensure('weights', 5000);
    await plan.run();
    expect((await session.readFloats('weights', 99, 1))[0]).toBe(7.5);
    expect((await session.readFloats('weights', 4999, 1))[0]).toBe(0);
    session.dispose();
  });

  it('gives the same bits again, in one submission or many', async () => {
    const device = await open();
    const session = device.session();
    const plan = await session.prepare(twoViews(64));
    session.write(
      'x',
      Float32Array.from({ length: 64 }, (_, i) => Math.fround(0.1 * i)),
    );
    const weights: string[] = [];
    for (const full of [false, true]) {
      device.setFullSpeed(full);
      session.write('weights', new Float32Array(192));
      for (let run = 0; run < 20; run++) await plan.run();
      weights.push(String(await session.readFloats('weights', 0, 64)));
    }
    expect(weights[0]).toBe(weights[1]);
    session.dispose();
  });

  it('holds flat memory over many plans and runs', async () => {
    const device = await open();
    const session = device.session();
    const sizes: number[] = [];
    for (let round = 0; round < 4; round++) {
      const plan = await session.prepare(twoViews(64));
      for (let run = 0; run < 5; run++) await plan.run();
      plan.dispose();
      sizes.push(device.bytes());
    }
    expect(new Set(sizes).size).toBe(1);
    session.dispose();
  });

  it('computes kernels without a shader by plain loops between submissions', async () => {
    const device = await open();
    const session = device.session();
    const words = 100;
    const plan: Plan = {
      arrays: [
        array(0, words, { kind: 'input', name: 'x' }),
        ...[1, 2, 3].map((id) => array(id, words, { kind: 'temporary' })),
      ],
      calls: [step(add, [0, 0], [1]), step(double, [1], [2]), step(add, [2, 1], [3])],
      outputs: { y: 3 },
      slabs: [],
    };
    const prepared = await session.prepare(plan);
    session.write('x', new Float32Array(words).fill(1));
    for (let run = 0; run < 2; run++) await prepared.run();
    expect(new Set(await session.output(prepared, 'y'))).toEqual(new Set([6]));
    expect(await prepared.timed()).toHaveLength(3);
    session.dispose();
  });

  it('ends a run whose session is closed under way, without harm to the device', async () => {
    const device = await open();
    const session = device.session();
    const plan = await session.prepare(twoViews(64));
    const run = plan.run();
    session.dispose();
    await expect(run).rejects.toThrow(/was closed/);
    const other = device.session();
    await (await other.prepare(twoViews(64))).run();
    await other.settled();
    other.dispose();
    expect(device.failure()).toBeNull();
  });

  it('refuses a wrong shader and an array that cannot be bound, by name', async () => {
    const device = await open();
    const session = device.session();
    const plan = twoViews(64);
    await expect(session.prepare({ ...plan, calls: [step(wrong, [0], [2])] })).rejects.toThrow(
      /refused the shader of TestWrong/,
    );
    expect(() => session.ensure('vectors', device.limits.maxBufferBytes)).toThrow(LimitError);
    expect(() => session.ensure('vectors', device.limits.maxBufferBytes)).toThrow(/vectors.*Lower the batch size/);
    expect(device.failure()).toBeNull();
    session.dispose();
  });

  it('ends what is pending and all that follows when the device is lost', async () => {
    let told: DeviceError | null = null;
    const device = await open({ onFailure: (error) => (told = error) });
    const session = device.session();
    const plan = await session.prepare(twoViews(64));
    await plan.run();
    device.gpu.destroy();
    await expect(session.settled().then(() => session.readFloats('weights', 0, 64))).rejects.toThrow(DeviceError);
    await expect(plan.run()).rejects.toThrow(/graphics device was lost/);
    expect(told).toBeInstanceOf(DeviceError);
    expect(() => device.session()).toThrow(DeviceError);
  });

  it('fails for good on an error that nobody caught', async () => {
    const device = await open();
    const session = device.session();
    device.gpu.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    await session.settled().catch(() => undefined);
    await expect.poll(() => device.failure()?.message).toMatch(/refused a step/);
  });
});

/** The same object with some members replaced; native methods keep their own `this`. */
function altered<T extends object>(object: T, changes: Partial<T>): T {
  return new Proxy(object, {
    get(target, key) {
      const changed: unknown = Reflect.get(changes, key);
      const value: unknown = changed ?? Reflect.get(target, key, target);
      return typeof value === 'function' && changed === undefined ? (value.bind(target) as unknown) : value;
    },
  });
}

describe.skipIf('reason' in dawn)(`any adapter ${title}`, () => {
  const withAdapter = (change: (adapter: GPUAdapter) => Partial<GPUAdapter>): GPU => {
    if ('reason' in dawn) throw new Error(dawn.reason);
    const { gpu } = dawn;
    return altered(gpu, {
      requestAdapter: async () => {
        const adapter = await gpu.requestAdapter();
        return adapter && altered(adapter, change(adapter));
      },
    });
  };

  it('may be none', async () => {
    if ('reason' in dawn) return;
    const gpu = altered(dawn.gpu, { requestAdapter: () => Promise.resolve(null) });
    await expect(open({ gpu })).rejects.toThrow(/No graphics adapter answered/);
  });
  it('may give a device with default limits and no features only', async () => {
    const gpu = withAdapter((adapter) => ({
      requestDevice: (descriptor) =>
        descriptor ? Promise.reject(new Error('too much')) : adapter.requestDevice(descriptor),
    }));
    const device = await open({ gpu });
    expect(device.features).not.toContain('subgroups');
    const session = device.session();
    const plan = await session.prepare(twoViews(64));
    await plan.run();
    expect(await plan.timed()).toHaveLength(3);
    session.dispose();
  });
  it('may refuse every device', async () => {
    const gpu = withAdapter(() => ({ requestDevice: () => Promise.reject(new Error('broken')) }));
    await expect(open({ gpu })).rejects.toThrow(/gave no device \(broken\)/);
  });
  it('may lose the device at birth', async () => {
    const gpu = withAdapter((adapter) => ({
      requestDevice: async (descriptor) => {
        const device = await adapter.requestDevice(descriptor);
        device.destroy();
        return device;
      },
    }));
    await expect(open({ gpu })).rejects.toThrow(DeviceError);
  });
  it('says for which array there was no memory, beside how much, and what to do', async () => {
    const { gpu } = await open();
    const outcomes = [null, new GPUOutOfMemoryError('refused')];
    const memory = new GpuMemory(
      standIn(gpu, { pushErrorScope: () => undefined, popErrorScope: () => Promise.resolve(outcomes.shift()) }),
      new GpuHealth(gpu),
      1000,
    );
    const buffers = [memory.allocate(2 ** 20, 'the array "weights" of the model'), memory.allocate(2 ** 22, 'another')];
    await expect(memory.allocated()).rejects.toThrow(
      'The graphics device has no memory left: another takes 16 MB beside 4.0 MB in use. Lower the batch size',
    );
    for (const buffer of buffers) memory.free(buffer);
  });
  it('may run out of memory, which ends the plan and not the device', async () => {
    const device = await open();
    const session = device.session();
    // The largest single buffers, until there is no room: software adapters hand out memory lazily, so few will do.
    const words = Math.floor(device.limits.maxBufferBytes / 4 / 16) * 16;
    let refused: unknown = null;
    for (let slab = 0; slab < 64 && refused === null; slab++) {
      session.ensure(`slab ${slab}`, words);
      refused = await session.prepare(twoViews(64)).then(
        (plan) => (plan.dispose(), null),
        (error: unknown) => error,
      );
    }
    if (refused !== null) {
      expect(refused).toBeInstanceOf(DeviceError);
      expect(String(refused)).toMatch(
        /no memory left: the array "slab \d+" of the model takes .* in use. Lower the batch size/,
      );
    }
    session.dispose();
    expect(device.failure()).toBeNull();
    const small = device.session();
    await (await small.prepare(twoViews(64))).run();
    await small.settled();
    small.dispose();
  });
});
