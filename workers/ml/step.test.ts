// The optimizer step on every device that starts here: it learns, micro-batches equal one batch, and what was saved goes on
// bit for bit.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels, startThread } from '../../scripts/wasm-node.mjs';
import { Rng } from '../../src/lib/rng';
import { openCpuDevice } from '../backends/cpu-device';
import type { Device, Session } from '../backends/device';
import { startDawn } from '../backends/testing/dawn';
import { openWasmDevice } from '../backends/wasm-device';
import { openWebgpuDevice } from '../backends/webgpu-device';
import { multiply, subtract } from '../kernels/arithmetic';
import { softplus } from '../kernels/activations';
import { crossEntropy } from '../kernels/cross-entropy';
import { mean } from '../kernels/sum';
import { reshape } from '../tape/reshape';
import { mlp } from './layers/mlp';
import { neumf } from './layers/neumf';
import { Parameters } from './parameters';
import { createStepper, type StepperOptions } from './step';
import type { StepContext, StepInputs } from './step-context';

const [batch, inputs, classes] = [8, 12, 3];

function model() {
  const parameters = new Parameters();
  const network = mlp(parameters, 'net', { widths: [inputs, 16, classes] });
  return {
    parameters,
    loss: (c: StepContext) =>
      crossEntropy(network(c, c.input('x', [c.size('batch'), inputs])), c.input('y', [c.size('batch')], 'int32')).loss,
  };
}
const rng = new Rng(7);
const rows = (count: number): StepInputs => ({
  x: Float32Array.from({ length: count * inputs }, () => rng.normal()),
  y: Int32Array.from({ length: count }, () => rng.integer(classes)),
});
const part = (all: StepInputs, from: number, to: number): StepInputs => ({
  x: all['x']!.slice(from * inputs, to * inputs),
  y: all['y']!.slice(from, to),
});

const dawn = await startDawn();
const devices: Record<string, () => Promise<Device>> = {
  cpu: () => Promise.resolve(openCpuDevice()),
  'wasm on two threads': () => openWasmDevice({ load: loadKernels, startThread, threads: 2 }),
  ...('gpu' in dawn ? { webgpu: () => openWebgpuDevice({ gpu: dawn.gpu }) } : {}),
};
if (!('gpu' in dawn)) it.skip(`webgpu: ${dawn.reason}`, () => undefined);

describe.each(Object.entries(devices))('on %s', (_, open) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.dispose());

  function stepperOn(session: Session, options: Partial<StepperOptions> = {}) {
    const { parameters, loss } = model();
    const stepper = createStepper(session, { parameters, loss, seed: 3, optimizer: { name: 'adamw' }, ...options });
    parameters.write(session, parameters.initial(3));
    return { stepper, parameters };
  }
  const data = rows(batch);
  const step = { sizes: { batch }, learningRate: 0.01 };

  it('overfits eight rows, and logs every step', async () => {
    const session = device.session();
    const { stepper } = stepperOn(session);
    const losses: number[] = [];
    for (let i = 0; i < 150; i++) {
      await stepper.run([data], step);
      if (i % 50 === 49) losses.push(...(await stepper.metrics()).map(({ loss }) => loss));
    }
    expect(losses).toHaveLength(150);
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(losses.at(-1)).toBeLessThan(0.02);
    session.dispose();
  });

  it('updates as with one batch when the batch comes in parts', async () => {
    const weights = async (parts: StepInputs[], size: number) => {
      const session = device.session();
      const { stepper, parameters } = stepperOn(session, { clip: { norm: 0.5 } });
      for (let i = 0; i < 3; i++) await stepper.run(parts, { ...step, sizes: { batch: size } });
      const read = await parameters.read(session);
      const [last] = (await stepper.metrics()).slice(-1);
      session.dispose();
      return { values: Object.values(read).flatMap(({ data }) => [...data]), loss: last!.loss };
    };
    const whole = await weights([data], batch);
    const parts = await weights([part(data, 0, 4), part(data, 4, 8)], 4);
    whole.values.forEach((value, i) => expect(Math.abs(value - parts.values[i]!)).toBeLessThan(1e-5));
    expect(parts.loss).toBeCloseTo(whole.loss, 5);
  });

  it.each(['sgd', 'adam', 'adamw', 'adagrad', 'rmsprop', 'lion', 'adafactor'] as const)(
    'goes on bit for bit from a saved state (%s)',
    async (name) => {
      const options = {
        optimizer: { name, momentum: name === 'sgd' ? 0.9 : 0 },
        average: 0.9,
        lossScale: { initial: 1024, growthInterval: 3 },
      };
      const batches = Array.from({ length: 6 }, () => rows(batch));
      const one = device.session();
      const { stepper } = stepperOn(one, options);
      await stepper.startAverage();
      for (const each of batches.slice(0, 3)) await stepper.run([each], step);
      const saved = await stepper.state();
      for (const each of batches.slice(3)) await stepper.run([each], step);
      const two = device.session();
      const { stepper: other } = stepperOn(two, options);
      other.restore(saved);
      for (const each of batches.slice(3)) await other.run([each], step);
      const [a, b] = [await stepper.state(), await other.state()];
      expect(b.steps).toBe(6);
      for (const [key, { data }] of Object.entries(a.tensors))
        expect(Buffer.from(data.buffer).equals(Buffer.from(b.tensors[key]!.data.buffer)), key).toBe(true);
      expect(Buffer.from(saved.tensors['weights/net.0.weight']!.data.buffer)).not.toEqual(
        Buffer.from(a.tensors['weights/net.0.weight']!.data.buffer),
      );
      one.dispose();
      two.dispose();
    },
  );

  it('refuses the state of another model, and names what is wrong', async () => {
    const session = device.session();
    const { stepper } = stepperOn(session);
    const state = await stepper.state();
    delete state.tensors['firstMoment/net.1.bias'];
    expect(() => stepper.restore(state)).toThrow(/lacks "firstMoment\/net.1.bias"/);
    session.dispose();
  });

  it('trains tables by rows: NeuMF tells its pairs apart, and untouched rows stay', async () => {
    const session = device.session();
    const parameters = new Parameters();
    const score = neumf(parameters, 'ncf', { users: 20, items: 30, dimension: 8, layers: [16, 8] });
    const stepper = createStepper(session, {
      parameters,
      seed: 1,
      optimizer: { name: 'adam' },
      loss: (c) => {
        const z = score(c, c.size('pairs'));
        return reshape(mean(subtract(softplus(z), multiply(z, c.input('targets', z.shape)))), []);
      },
    });
    parameters.write(session, parameters.initial(1));
    const users = Int32Array.from({ length: 24 }, (_, i) => i % 6);
    const items = Int32Array.from({ length: 24 }, (_, i) => (i * 7) % 13);
    const targets = Float32Array.from(users, (user, i) => (user + items[i]!) % 2);
    const before = await parameters.read(session);
    for (let i = 0; i < 60; i++)
      await stepper.run([{ users, items, targets }], { sizes: { pairs: 24 }, learningRate: 0.02 });
    const metrics = await stepper.metrics();
    expect(metrics[0]!.loss).toBeCloseTo(Math.LN2, 1);
    expect(metrics.at(-1)!.loss).toBeLessThan(0.05);
    const after = await parameters.read(session);
    const table = 'ncf.gmf.user';
    expect(after[table]!.data.slice(6 * 8)).toEqual(before[table]!.data.slice(6 * 8));
    expect(after[table]!.data.slice(0, 8)).not.toEqual(before[table]!.data.slice(0, 8));
    session.dispose();
  });
});
