// Layers: their gradients against central differences, LoRA against its merged weights, starts that do not depend on order.
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../src/lib/rng';
import { openCpuDevice } from '../../backends/cpu-device';
import { crossEntropy } from '../../kernels/cross-entropy';
import { multiply } from '../../kernels/arithmetic';
import { mean } from '../../kernels/sum';
import { record } from '../../tape/record';
import { lora, mergeLora } from '../lora';
import { Parameters } from '../parameters';
import { recompute } from '../recompute';
import { StepContext } from '../step-context';
import { moduleGradientError } from '../testing/check-module';
import { linear } from './linear';
import { mlp } from './mlp';
import { transformerBlock } from './transformer-block';

const rng = new Rng(11);
const normals = (count: number): Float32Array => Float32Array.from({ length: count }, () => rng.normal());

describe('gradients', () => {
  it('of a perceptron', async () => {
    const parameters = new Parameters();
    const network = mlp(parameters, 'net', { widths: [6, 9, 4], activation: 'gelu' });
    const loss = (c: StepContext) => crossEntropy(network(c, c.input('x', [5, 6])), c.input('y', [5], 'int32')).loss;
    const inputs = { x: normals(30), y: Int32Array.of(0, 3, 1, 2, 2) };
    expect(await moduleGradientError(parameters, loss, inputs)).toBeLessThan(1e-6);
  });

  it.each([
    { order: 'pre-norm', causal: true, padded: false },
    { order: 'post-norm', causal: false, padded: true },
  ] as const)('of a transformer block, $order', async ({ order, causal, padded }) => {
    const parameters = new Parameters();
    const block = transformerBlock(parameters, 'block', {
      ...{ hidden: 12, heads: 3, inner: 20, order, causal },
      dropout: padded ? 0.2 : 0,
    });
    const loss = (c: StepContext) => {
      const ranges = padded ? c.input('ranges', [2, 1, 2], 'int32') : undefined;
      const y = block(c, c.input('x', [2, 5, 12]), ranges);
      return mean(multiply(y, c.input('towards', [2, 5, 12])));
    };
    const inputs = { x: normals(120), towards: normals(120), ranges: Int32Array.of(0, 5, 0, 3) };
    Object.assign(inputs, { randomKey: Int32Array.of(5, 0, 1, 0) });
    expect(await moduleGradientError(parameters, loss, inputs)).toBeLessThan(1e-5);
  });

  it('of a table by its segments', async () => {
    const parameters = new Parameters();
    parameters.declare('table', [7, 3], { initialiser: { kind: 'normal', deviation: 1 } });
    parameters.declare('bags', [7, 3], { initialiser: { kind: 'normal', deviation: 1 } });
    const loss = (c: StepContext) => {
      const rows = c.gather('table', 'ids', [4]);
      return mean(multiply(multiply(rows, rows), c.bag('bags', 'texts', 4, 6)));
    };
    const inputs = {
      ids: Int32Array.of(2, 0, 2, 6),
      texts: Int32Array.of(0, 2, 2, 5, 6, 1, 3, 3, 0, 1, 5),
      'texts.weights': normals(6),
    };
    expect(await moduleGradientError(parameters, loss, inputs, { samples: 30 })).toBeLessThan(1e-6);
  });
});

it('computes blocks anew with the same bits and less memory', async () => {
  const run = async (anew: boolean) => {
    const parameters = new Parameters();
    const blocks = [0, 1, 2].map((i) =>
      transformerBlock(parameters, `block${i}`, { hidden: 24, heads: 2, inner: 96, dropout: 0.1 }),
    );
    const names = parameters.layout().dense.map(({ name }) => name);
    const plan = record((r) => {
      const c = new StepContext(r, parameters, {}, true);
      const x = c.input('x', [4, 16, 24]);
      const y = blocks.reduce((h, block) => (anew ? recompute(c, h, (inner) => block(c, inner)) : block(c, h)), x);
      const weights = names.map((name) => c.weight(name));
      r.gradients(mean(multiply(y, y)), weights).forEach((gradient, i) => r.output(names[i]!, gradient));
    });
    const session = openCpuDevice().session();
    parameters.write(session, parameters.initial(2));
    const prepared = await session.prepare(plan);
    session.write(
      'x',
      Float32Array.from({ length: 1536 }, (_, i) => Math.sin(i)),
    );
    session.write('randomKey', Int32Array.of(1, 0, 7, 0));
    await prepared.run();
    const gradients = await Promise.all(names.map((name) => session.output(prepared, name)));
    return { gradients, bytes: prepared.temporaryBytes, calls: plan.calls.length };
  };
  const [kept, anew] = [await run(false), await run(true)];
  expect(anew.gradients).toEqual(kept.gradients);
  expect(anew.bytes).toBeLessThan(0.7 * kept.bytes);
  expect(anew.calls).toBeGreaterThan(kept.calls);
});

it('starts each parameter alike whatever stands before it', () => {
  const [one, other] = [new Parameters(), new Parameters()];
  linear(one, 'a', { inputs: 4, outputs: 3 });
  linear(other, 'before', { inputs: 8, outputs: 8 });
  linear(other, 'a', { inputs: 4, outputs: 3 });
  expect(one.initial(0)['a.weight']).toEqual(other.initial(0)['a.weight']);
  expect(one.initial(0)['a.weight']).not.toEqual(one.initial(1)['a.weight']);
});

it('says which weights are missing or unknown, and which shape is wrong', () => {
  const parameters = new Parameters();
  linear(parameters, 'a', { inputs: 2, outputs: 3 });
  const tensors = parameters.initial(0);
  expect(parameters.matchAll(Object.fromEntries(Object.entries(tensors).reverse()))).toEqual(tensors);
  const { 'a.bias': bias, ...rest } = tensors;
  expect(() => parameters.matchAll({ ...rest, 'b.bias': bias! })).toThrow(/1 missing \(a.bias\), 1 unknown \(b.bias\)/);
  expect(() => parameters.match({ 'a.bias': { ...bias!, shape: [4] } })).toThrow(/shape \[4\].*needs \[3\]/);
});

it('merges LoRA into weights that give the same, and freezes the layer', async () => {
  const parameters = new Parameters();
  const wrapped = lora(parameters, linear(parameters, 'layer', { inputs: 8, outputs: 5 }), { rank: 2, alpha: 4 });
  expect(parameters.placed('layer.weight').group).toBe('frozen');
  expect(parameters.count()).toEqual({ all: 40 + 5 + 16 + 10, trained: 26 });
  const tensors = parameters.initial(5);
  tensors['layer.lora_B.weight']!.data.set(normals(10));
  const merged = mergeLora(tensors, 4);
  expect(Object.keys(merged)).toEqual(['layer.weight', 'layer.bias']);

  const plain = new Parameters();
  const layer = linear(plain, 'layer', { inputs: 8, outputs: 5 });
  const x = normals(24);
  const compute = async (own: Parameters, forward: typeof layer, weights: typeof tensors) => {
    const session = openCpuDevice().session();
    own.write(session, own.matchAll(weights));
    const plan = record((r) => r.output('y', forward(new StepContext(r, own, {}, false), r.input('x', [3, 8]))));
    const prepared = await session.prepare(plan);
    session.write('x', x);
    await prepared.run();
    return session.output(prepared, 'y');
  };
  const y = await compute(parameters, wrapped, tensors);
  (await compute(plain, layer, merged)).forEach((value, i) => expect(Math.abs(value - y[i]!)).toBeLessThan(1e-5));
});
