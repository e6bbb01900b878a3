// Tables trained by rows, with accumulation and with a moving average: the same numbers as a dense table, only touched rows
// change, and a saved state goes on bit for bit.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/lib/rng';
import type { Device, Session } from '../backends/device';
import { add } from '../kernels/arithmetic';
import { crossEntropy } from '../kernels/cross-entropy';
import { reshape } from '../tape/reshape';
import { linear } from './layers/linear';
import { Parameters } from './parameters';
import { createStepper, type StepperOptions } from './step';
import { StepContext, type StepInputs } from './step-context';
import { slabs } from './step-plan';
import { record } from '../tape/record';
import { devicesHere, sameBits } from './testing/devices';

const [vocabulary, dim, ids, bags, entries, classes] = [50, 7, 6, 4, 9, 3];

/** Two tables, one gathered from and one by bags, and a linear layer over both. */
function model(group: 'rows' | 'plain') {
  const parameters = new Parameters();
  const normal = { kind: 'normal', deviation: 0.5 } as const;
  parameters.declare('words', [vocabulary, dim], { initialiser: normal, group });
  parameters.declare('bags', [vocabulary, dim], { initialiser: normal, group });
  const head = linear(parameters, 'head', { inputs: dim, outputs: classes });
  const loss = (c: StepContext) => {
    const words = head(c, c.gather('words', 'ids', [ids]));
    const sums = head(c, c.bag('bags', 'texts', bags, entries));
    const one = crossEntropy(words, c.input('y', [ids], 'int32'), { reduction: 'sum' }).loss;
    return reshape(
      c.scope('both', () => add(one, crossEntropy(sums, c.input('z', [bags], 'int32')).loss)),
      [],
    );
  };
  return { parameters, loss };
}

const rng = new Rng(11);
function batch(): StepInputs {
  const starts = Int32Array.from([0, 2, 2, 5, 8]);
  return {
    ids: Int32Array.from({ length: ids }, () => rng.integer(20)),
    texts: Int32Array.from([...starts, ...Array.from({ length: entries }, () => rng.integer(25))]),
    'texts.weights': Float32Array.from({ length: entries }, () => rng.normal()),
    y: Int32Array.from({ length: ids }, () => rng.integer(classes)),
    z: Int32Array.from({ length: bags }, () => rng.integer(classes)),
  };
}
const steps = Array.from({ length: 5 }, () => [batch(), batch(), batch()]);

describe.each(await devicesHere())('on %s', (_, open) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.dispose());

  function stepperOn(session: Session, group: 'rows' | 'plain', options: Partial<StepperOptions> = {}) {
    const { parameters, loss } = model(group);
    const stepper = createStepper(session, { parameters, loss, seed: 1, optimizer: { name: 'adamw' }, ...options });
    parameters.write(session, parameters.initial(1));
    return { parameters, loss, stepper };
  }

  it('sums micro-batches of touched rows to what a dense table gets', async () => {
    const optimizer = { name: 'sgd', momentum: 0 } as const;
    const options = { optimizer, clip: { norm: 0.5 }, average: 0.8 };
    const [one, two] = [device.session(), device.session()];
    const [rows, dense] = [stepperOn(one, 'rows', options), stepperOn(two, 'plain', options)];
    await Promise.all([rows.stepper.startAverage(), dense.stepper.startAverage()]);
    for (const micro of steps) {
      await rows.stepper.run(micro, { learningRate: 0.1 });
      await dense.stepper.run(micro, { learningRate: 0.1 });
    }
    const [found, expected] = [await rows.parameters.read(one), await dense.parameters.read(two)];
    const [average, averaged] = [await rows.stepper.averages(), await dense.stepper.averages()];
    for (const [key, { data }] of Object.entries(expected)) {
      data.forEach((value, i) => expect(Math.abs(found[key]!.data[i]! - value), key).toBeLessThan(1e-6));
      averaged[key]!.data.forEach((value, i) =>
        expect(Math.abs(average[key]!.data[i]! - value), key).toBeLessThan(1e-6),
      );
    }
    const [a, b] = [await rows.stepper.metrics(), await dense.stepper.metrics()];
    a.forEach(({ loss, gradientNorm }, i) => {
      expect(loss).toBeCloseTo(b[i]!.loss, 5);
      expect(gradientNorm).toBeCloseTo(b[i]!.gradientNorm, 4);
    });
    one.dispose();
    two.dispose();
  });

  it('leaves rows and moments alone that no micro-batch touched', async () => {
    const session = device.session();
    const { stepper, parameters } = stepperOn(session, 'rows');
    const before = await parameters.read(session);
    for (const micro of steps) await stepper.run(micro, { learningRate: 0.1 });
    const { tensors } = await stepper.state();
    const rowOf = (key: string, row: number) => Array.from(tensors[key]!.data.slice(row * dim, (row + 1) * dim));
    for (const table of ['words', 'bags']) {
      expect(rowOf(`weights/${table}`, 30)).toEqual(Array.from(before[table]!.data.slice(30 * dim, 31 * dim)));
      expect(rowOf(`firstMoment/${table}`, 30).every((value) => value === 0)).toBe(true);
    }
    const touched = steps[0]![1]!['ids']![0]!;
    expect(rowOf('weights/words', touched)).not.toEqual(
      Array.from(before['words']!.data.slice(touched * dim, (touched + 1) * dim)),
    );
    session.dispose();
  });

  it('goes on bit for bit from a saved state, with accumulation, average and loss scale', async () => {
    const options = { average: 0.9, lossScale: { initial: 1024, growthInterval: 3 }, decayRows: true };
    const session = device.session();
    const { stepper } = stepperOn(session, 'rows', options);
    await stepper.startAverage();
    for (const micro of steps.slice(0, 2)) await stepper.run(micro, { learningRate: 0.05 });
    const saved = await stepper.state();
    const rest = async (one: typeof stepper): Promise<void> => {
      await one.run([steps[2]![0]!], { learningRate: 0.05 });
      for (const micro of steps.slice(3)) await one.run(micro, { learningRate: 0.05 });
    };
    await rest(stepper);
    const other = device.session();
    const { stepper: resumed } = stepperOn(other, 'rows', options);
    resumed.restore(saved);
    await rest(resumed);
    const [a, b] = [await stepper.state(), await resumed.state()];
    expect(Object.keys(a.tensors)).toContain('average/words');
    for (const [key, { data }] of Object.entries(a.tensors))
      expect(sameBits(data, b.tensors[key]!.data), key).toBe(true);
    session.dispose();
    other.dispose();
  });

  it('answers with the average of a table where it is asked for', async () => {
    const session = device.session();
    const { stepper, parameters } = stepperOn(session, 'rows', { average: 0.5 });
    await stepper.startAverage();
    for (const micro of steps) await stepper.run(micro, { learningRate: 0.5 });
    const plan = record((r) => {
      const c = new StepContext(r, parameters, {}, false, slabs.average);
      r.output('rows', c.gather('words', 'ids', [3]));
    });
    const prepared = await session.prepare(plan);
    session.write('ids', Int32Array.of(0, 7, 49));
    await prepared.run();
    const table = (await stepper.averages())['words']!.data;
    const expected = [0, 7, 49].flatMap((row) => Array.from(table.slice(row * dim, (row + 1) * dim)));
    expect(Array.from(await session.output(prepared, 'rows'))).toEqual(expected);
    expect(expected).not.toEqual(
      [0, 7, 49].flatMap((row) => Array.from(parameters.initial(1)['words']!.data.slice(row * dim, (row + 1) * dim))),
    );
    session.dispose();
  });
});
