// Twenty steps of AdamW with a rate for each layer, a falling schedule, clipping and no decay of biases and norms: the
// weights that PyTorch gets (testing/adamw_steps.py wrote the figures), in as many launches as with one rate.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TensorMap } from '../../src/contract/records';
import type { Device, Session } from '../backends/device';
import { geluErf } from '../kernels/activations';
import { crossEntropy } from '../kernels/cross-entropy';
import { linear } from './layers/linear';
import { norm } from './layers/norm';
import { Parameters } from './parameters';
import { layerWiseDecay } from './rate-factors';
import { createStepper, type StepperOptions } from './step';
import type { StepContext } from './step-context';
import { devicesHere, sameBits } from './testing/devices';

const expected = JSON.parse(readFileSync(new URL('testing/adamw-steps.json', import.meta.url), 'utf8')) as {
  losses: number[];
  weights: Record<string, number[]>;
};
const [vocabulary, hidden, inner, classes, rows] = [7, 6, 10, 3, 5];
const names = ['tokens', 'up.weight', 'up.bias', 'norm.weight', 'norm.bias', 'head.weight', 'head.bias'];
const byLayer = layerWiseDecay([/^tokens/, /^(up|norm)\./, /^head\./], 0.5);

function model(group: 'decay' | 'rows') {
  const parameters = new Parameters();
  parameters.declare('tokens', [vocabulary, hidden], { initialiser: { kind: 'constant', value: 0 }, group });
  const up = linear(parameters, 'up', { inputs: hidden, outputs: inner });
  const middle = norm(parameters, 'norm', inner);
  const head = linear(parameters, 'head', { inputs: inner, outputs: classes });
  const loss = (c: StepContext) =>
    crossEntropy(head(c, middle(c, geluErf(up(c, c.gather('tokens', 'ids', [rows]))))), c.input('y', [rows], 'int32'))
      .loss;
  return { parameters, loss };
}

function initial(parameters: Parameters): TensorMap {
  const tensors = parameters.initial(0);
  names.forEach((name, k) => {
    const shift = name === 'norm.weight' ? 1 : 0;
    const { data } = tensors[name]!;
    data.forEach((_, i) => (data[i] = Math.sin(0.7 * i + k) * 0.5 + shift));
  });
  return tensors;
}

const batchAt = (step: number) => ({
  ids: Int32Array.from({ length: rows }, (_, i) => (3 * i + step) % vocabulary),
  y: Int32Array.from({ length: rows }, (_, i) => (i + 2 * step) % classes),
});

describe.each(await devicesHere())('on %s', (_, open) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  }, 60_000);
  afterAll(() => device.dispose());

  function stepperOn(session: Session, group: 'decay' | 'rows', options: Partial<StepperOptions> = {}) {
    const { parameters, loss } = model(group);
    const optimizer = { name: 'adamw', weightDecay: 0.1 } as const;
    const stepper = createStepper(session, {
      ...{ parameters, loss, seed: 1, optimizer, clip: { norm: 1 }, rateFactor: byLayer },
      ...options,
    });
    parameters.write(session, initial(parameters));
    return { parameters, stepper };
  }
  const train = async ({ stepper }: ReturnType<typeof stepperOn>, from = 0, to = 20): Promise<void> => {
    for (let step = from; step < to; step++)
      await stepper.run([batchAt(step)], { learningRate: 0.01 * (1 - step / 20) });
  };

  it('equals PyTorch after twenty steps', async () => {
    const session = device.session();
    const made = stepperOn(session, 'decay');
    await train(made);
    (await made.stepper.metrics()).forEach(({ loss }, step) => expect(loss).toBeCloseTo(expected.losses[step]!, 4));
    const found = await made.parameters.read(session);
    for (const name of names)
      expected.weights[name]!.forEach((value, i) =>
        expect(Math.abs(found[name]!.data[i]! - value), `${name} ${i}`).toBeLessThan(5e-5),
      );
    session.dispose();
  });

  it('takes no more launches than one rate, and a factor of 1 changes no bit', async () => {
    const plans = await Promise.all(
      [{}, { rateFactor: () => 1 }].map(async (options) => {
        const session = device.session();
        const { parameters, loss } = model('rows');
        const stepper = createStepper(session, { parameters, loss, seed: 1, optimizer: { name: 'adam' }, ...options });
        parameters.write(session, initial(parameters));
        const [plan] = await stepper.prepare({});
        await train({ parameters, stepper }, 0, 5);
        const weights = await parameters.read(session);
        session.dispose();
        return { launches: plan!.plan.calls.length, weights };
      }),
    );
    expect(plans[0]!.launches).toBe(plans[1]!.launches);
    for (const name of names)
      expect(sameBits(plans[0]!.weights[name]!.data, plans[1]!.weights[name]!.data), name).toBe(true);
  });

  it('holds a table and a layer with the factor 0, and scales a table trained by rows', async () => {
    const session = device.session();
    const held = stepperOn(session, 'rows', { rateFactor: (name) => (name === 'tokens' || /^up/.test(name) ? 0 : 1) });
    await train(held, 0, 5);
    const found = await held.parameters.read(session);
    const before = initial(held.parameters);
    expect(found['tokens']!.data).toEqual(before['tokens']!.data);
    expect(found['up.weight']!.data).toEqual(before['up.weight']!.data);
    expect(found['head.weight']!.data).not.toEqual(before['head.weight']!.data);
    const moved = async (factor: number): Promise<number> => {
      const own = device.session();
      const sgd = stepperOn(own, 'rows', {
        optimizer: { name: 'sgd' },
        clip: {},
        rateFactor: (name) => (name === 'tokens' ? factor : 1),
      });
      await train(sgd, 0, 1);
      const { data } = (await sgd.parameters.read(own))['tokens']!;
      own.dispose();
      return Array.from(data).reduce((sum, value, i) => sum + Math.abs(value - before['tokens']!.data[i]!), 0);
    };
    expect((await moved(0.5)) / (await moved(1))).toBeCloseTo(0.5, 3);
    session.dispose();
  });

  it.each(['transformers', 'torch'] as const)('works with Adafactor (%s) too', async (variant) => {
    const session = device.session();
    const made = stepperOn(session, 'decay', {
      optimizer: { name: 'adafactor', variant },
      rateFactor: (name) => (/^head/.test(name) ? 1 : 0),
    });
    await train(made, 0, 3);
    const found = await made.parameters.read(session);
    expect(found['up.weight']!.data).toEqual(initial(made.parameters)['up.weight']!.data);
    expect(found['head.weight']!.data).not.toEqual(initial(made.parameters)['head.weight']!.data);
    session.dispose();
  });

  it('refuses a factor that is no number, and relative steps', () => {
    const session = device.session();
    expect(() => stepperOn(session, 'decay', { rateFactor: () => Number.NaN })).toThrow(/must be 0 or above/);
    expect(() => stepperOn(session, 'decay', { optimizer: { name: 'adafactor', relativeStep: true } })).toThrow(
      /sets its own rate/,
    );
    session.dispose();
  });
});
