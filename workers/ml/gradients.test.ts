// Gradients without an optimizer against central differences in 64 bits and against what a step of SGD changes, for two
// shapes of batch over the same weights; frozen parameters and watched values included.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/lib/rng';
import { openCpuDevice } from '../backends/cpu-device';
import type { Device } from '../backends/device';
import { crossEntropy } from '../kernels/cross-entropy';
import { reshape } from '../tape/reshape';
import { createGradients } from './gradients';
import { linear } from './layers/linear';
import { norm } from './layers/norm';
import { transformerBlock } from './layers/transformer-block';
import { Parameters } from './parameters';
import { createStepper } from './step';
import type { StepContext, StepInputs } from './step-context';
import { devicesHere } from './testing/devices';

const [vocabulary, hidden, classes] = [11, 8, 3];

function encoder(tableGroup: 'rows' | 'frozen' | 'decay') {
  const parameters = new Parameters();
  parameters.declare('tokens', [vocabulary, hidden], {
    initialiser: { kind: 'normal', deviation: 0.5 },
    group: tableGroup,
  });
  const block = transformerBlock(parameters, 'block', { hidden, heads: 2, inner: 12, order: 'post-norm' });
  const last = norm(parameters, 'last', hidden);
  const head = linear(parameters, 'head', { inputs: hidden, outputs: classes });
  const loss = (c: StepContext) => {
    const [batch, length] = [c.size('batch'), c.size('length')];
    const embedded = c.watch('embedded', c.gather('tokens', 'ids', [batch, length]));
    const logits = head(c, reshape(last(c, block(c, embedded)), [batch * length, hidden]));
    return crossEntropy(logits, c.input('y', [batch * length], 'int32')).loss;
  };
  return { parameters, loss };
}

const rng = new Rng(5);
const inputsOf = (batch: number, length: number): StepInputs => ({
  ids: Int32Array.from({ length: batch * length }, () => rng.integer(vocabulary)),
  y: Int32Array.from({ length: batch * length }, () => rng.integer(classes)),
});
const buckets = [
  { batch: 2, length: 3 },
  { batch: 1, length: 5 },
];

describe.each(await devicesHere())('on %s', (_, open) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  }, 60_000);
  afterAll(() => device.dispose());

  it('are what SGD at rate 1 subtracts, in every bucket of shapes over the same weights', async () => {
    const session = device.session();
    const { parameters, loss } = encoder('decay');
    const stepper = createStepper(session, { parameters, loss, seed: 1, optimizer: { name: 'sgd' } });
    parameters.write(session, parameters.initial(1));
    const gradients = createGradients(session, { parameters, loss, of: () => true });
    for (const sizes of [...buckets, ...buckets]) {
      const inputs = inputsOf(sizes.batch, sizes.length);
      const found = await gradients.at(inputs, sizes);
      const before = await parameters.read(session);
      await stepper.run([inputs], { sizes, learningRate: 1 });
      const after = await parameters.read(session);
      expect(Object.keys(found.parameters).sort()).toEqual(Object.keys(before).sort());
      for (const [name, { data }] of Object.entries(found.parameters))
        data.forEach((value, i) => expect(before[name]!.data[i]! - after[name]!.data[i]!, name).toBeCloseTo(value, 5));
      expect((await stepper.metrics()).at(-1)!.loss).toBeCloseTo(found.loss, 5);
    }
    await gradients.dispose();
    session.dispose();
  });

  it('of a watched value lead downhill, with everything frozen but the head', async () => {
    const session = device.session();
    const { parameters, loss } = encoder('frozen');
    expect(parameters.freeze((name) => /^(block|last)\./.test(name))).toBeGreaterThan(8);
    const stepper = createStepper(session, { parameters, loss, seed: 1, optimizer: { name: 'adamw' } });
    parameters.write(session, parameters.initial(1));
    const gradients = createGradients(session, {
      ...{ parameters, loss, watched: ['embedded'] },
      of: (name) => name === 'tokens' || name === 'head.bias',
    });
    const inputs = { ids: Int32Array.of(4, 9, 2), y: Int32Array.of(0, 1, 2) };
    const sizes = { batch: 1, length: 3 };
    const { watched, parameters: of, loss: at } = await gradients.at(inputs, sizes);
    const { value, gradient, shape } = watched['embedded']!;
    expect(shape).toEqual([1, 3, hidden]);
    const table = (await parameters.read(session))['tokens']!;
    expect(Array.from(value.subarray(hidden, 2 * hidden))).toEqual(Array.from(table.data.slice(72, 80)));
    // Each id stands once, so a token's gradient is its row's; rows of no token have none.
    [4, 9, 2].forEach((id, i) =>
      gradient
        .subarray(i * hidden, (i + 1) * hidden)
        .forEach((slope, d) => expect(of['tokens']!.data[id * hidden + d]!).toBeCloseTo(slope, 6)),
    );
    expect(of['tokens']!.data.slice(0, 2 * hidden).every((slope) => slope === 0)).toBe(true);
    const squares = gradient.reduce((sum, slope) => sum + slope * slope, 0);
    const moved = Float32Array.from(table.data);
    [4, 9, 2].forEach((id, i) => {
      for (let d = 0; d < hidden; d++) moved[id * hidden + d]! -= 0.02 * gradient[i * hidden + d]!;
    });
    parameters.write(session, { tokens: { ...table, data: moved } });
    expect((await gradients.at(inputs, sizes)).loss - at).toBeCloseTo(-0.02 * squares, 3);
    // A step changes the head alone.
    await stepper.run([inputs], { sizes, learningRate: 0.1 });
    const after = await parameters.read(session);
    expect(after['tokens']!.data).toEqual(moved);
    expect(after['head.bias']!.data).not.toEqual(parameters.initial(1)['head.bias']!.data);
    session.dispose();
  });
});

it('are those of central differences in 64 bits', async () => {
  const device = openCpuDevice({ precision: 'float64' });
  const session = device.session();
  const { parameters, loss } = encoder('rows');
  parameters.write(session, parameters.initial(2));
  const gradients = createGradients(session, { parameters, loss, of: () => true });
  const sizes = { batch: 2, length: 3 };
  const inputs = inputsOf(2, 3);
  const { parameters: found } = await gradients.at(inputs, sizes);
  const weights = await parameters.read(session);
  for (const name of ['tokens', 'block.attention.qkv.weight', 'block.norm1.bias', 'head.weight'])
    for (const at of [0, 3, 7]) {
      const tensor = weights[name]!;
      const step = 2 ** -10;
      const lossAt = async (by: number): Promise<number> => {
        const data = Float32Array.from(tensor.data);
        data[at]! += by;
        parameters.write(session, { [name]: { ...tensor, data } });
        return (await gradients.at(inputs, sizes)).loss;
      };
      const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      parameters.write(session, { [name]: tensor });
      expect(found[name]!.data[at]!, `${name} ${at}`).toBeCloseTo(slope, 4);
    }
  session.dispose();
  device.dispose();
});
