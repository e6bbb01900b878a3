// Encoders of every family with random weights: gradients, batches, freezing, LoRA, recomputation, names.
import { describe, expect, it } from 'vitest';
import type { TensorMap } from '../../../src/contract/records';
import { openCpuDevice } from '../../backends/cpu-device';
import { crossEntropy } from '../../kernels/cross-entropy';
import { normalizeRows } from '../../kernels/row-geometry';
import { add, multiply } from '../../kernels/arithmetic';
import { mean } from '../../kernels/sum';
import { record } from '../../tape/record';
import { Parameters } from '../parameters';
import { createStepper } from '../step';
import { StepContext, type StepInputs } from '../step-context';
import { writePlanInputs } from '../step-inputs';
import { moduleGradientError } from '../testing/check-module';
import { createReader } from './embed';
import { classificationHead } from './heads';
import { exportTensors } from './names';
import { largestSizes, type EncoderTraining } from './text-encoder';
import { flatTokens, type Tokenized } from './tokens';
import { families, randomTokens, smallEncoder, type SmallModel } from './testing/random-encoder';

const allRows = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe.each(families)('%s', (family) => {
  it('has the gradients that central differences give, in 64 bits', async () => {
    const { shape, encoder } = smallEncoder(family);
    const parameters = new Parameters();
    const net = encoder.declare(parameters, { dropout: 0.2 });
    const head = classificationHead(parameters, shape, { labels: 3 });
    const tokens = randomTokens([4, 1, 6], shape.vocabulary);
    const { sizes, inputs } = net.batch(tokens, [0, 1, 2]);
    const loss = (c: StepContext) => {
      const { pooled, first } = net.encode(c);
      const along = mean(multiply(normalizeRows(pooled), c.input('target', [3, shape.hidden])));
      return add(along, crossEntropy(head.logits(c, first!()), c.input('labels', [3], 'int32')).loss);
    };
    const given: StepInputs = {
      ...inputs,
      labels: Int32Array.of(0, 2, 1),
      target: Float32Array.from({ length: 3 * shape.hidden }, (_, i) => Math.sin(i)),
      randomKey: Int32Array.of(3, 0, 1, 0),
    };
    expect(await moduleGradientError(parameters, loss, given, { samples: 3, sizes })).toBeLessThan(1e-5);
  }, 20_000);

  it('gives a text the same vector whatever stands beside it', async () => {
    const { shape, encoder } = smallEncoder(family);
    const tokens = randomTokens([5, 2, 9, 1, 7], shape.vocabulary);
    const whole = await vectorsOf(encoder, tokens);
    for (const row of allRows(5)) {
      const ids = tokens.ids.subarray(tokens.offsets[row], tokens.offsets[row + 1]);
      const alone = await vectorsOf(encoder, flatTokens([ids]));
      alone.forEach((value, d) => expect(value).toBeCloseTo(whole[row * shape.hidden + d]!, 5));
    }
  });

  it('pools as it is asked to', async () => {
    const { shape, encoder } = smallEncoder(family);
    const tokens = randomTokens([3, 1], shape.vocabulary);
    const [mean, first, largest] = await Promise.all(
      (['mean', 'cls', 'max'] as const).map((pooling) => vectorsOf(encoder, tokens, { pooling })),
    );
    const hidden = await lastHidden(encoder, tokens);
    for (let d = 0; d < shape.hidden; d++) {
      const column = [0, 1, 2].map((t) => hidden[t * shape.hidden + d]!);
      expect(mean![d]).toBeCloseTo((column[0]! + column[1]! + column[2]!) / 3, 5);
      expect(first![d]).toBeCloseTo(column[0]!, 5);
      expect(largest![d]).toBeCloseTo(Math.max(...column), 5);
      // A text of one token is that token.
      expect(largest![shape.hidden + d]).toBeCloseTo(mean![shape.hidden + d]!, 5);
    }
  });

  it('exports what it imported, to the bit', () => {
    const { encoder, file, imported, shape } = smallEncoder(family);
    const net = encoder.declare(new Parameters());
    const back = exportTensors(shape.family, { ...net.exported(net.weights()), ...imported.head }, true);
    expect(back).toEqual(file);
  });

  it('recomputes its blocks with the same gradients', async () => {
    const model = smallEncoder(family);
    const [kept, anew] = [await stepOf(model, {}), await stepOf(model, { recompute: true })];
    expect(anew).toEqual(kept);
  });

  it('trains only what is not frozen, and adds what LoRA asks for', async () => {
    const model = smallEncoder(family);
    const trained = async (training: EncoderTraining) => {
      const { before, after } = await stepOf(model, training);
      return Object.keys(after).filter((name) => after[name]!.data.some((value, i) => value !== before[name]!.data[i]));
    };
    const all = await trained({});
    expect(all.some((name) => name.startsWith('embeddings.'))).toBe(true);
    const upper = await trained({ frozen: 'embeddings' });
    expect(upper.every((name) => !name.startsWith('embeddings.'))).toBe(true);
    expect(upper.some((name) => name.includes('.layer.0.'))).toBe(true);
    const last = await trained({ frozen: 1 });
    expect(last.every((name) => name.includes('.layer.1.'))).toBe(true);
    expect(await trained({ frozen: 'encoder' })).toEqual([]);
    const query = { bert: 'query', roberta: 'query', distilbert: 'q_lin', mpnet: 'q' }[family];
    const up = family === 'distilbert' ? 'lin1' : 'intermediate.dense';
    const thin = await trained({ lora: { rank: 2, alpha: 4, targets: [query, up] } });
    // B begins with zeros, so the first step moves B alone.
    expect(thin.length).toBe(4);
    expect(thin.every((name) => name.endsWith('.lora_B.weight'))).toBe(true);
  });

  it('merges LoRA into tensors that give the same vectors', async () => {
    const model = smallEncoder(family);
    const targets = { bert: 'value', roberta: 'value', distilbert: 'v_lin', mpnet: 'v' }[family];
    const parameters = new Parameters();
    const net = model.encoder.declare(parameters, { lora: { rank: 2, alpha: 6, targets: [targets] } });
    const tensors: TensorMap = { ...parameters.initial(4), ...net.weights() };
    for (const [name, { data }] of Object.entries(tensors))
      if (name.endsWith('.lora_B.weight')) data.forEach((_, i) => (data[i] = 0.2 * Math.cos(i)));
    const tokens = randomTokens([3, 8], model.shape.vocabulary);
    const device = openCpuDevice();
    const session = device.session();
    parameters.write(session, tensors);
    const wrapped = await createReader(session, parameters, net).read(tokens);
    const merged = net.exported(tensors);
    expect(Object.keys(merged).sort()).toEqual(Object.keys(model.imported.encoder).sort());
    const other = smallEncoder(family);
    Object.assign(other.imported.encoder, merged);
    const found = await vectorsOf(other.encoder, tokens);
    found.forEach((value, i) => expect(value).toBeCloseTo(wrapped[i]!, 5));
  });
});

it('gives the rate of a layer by its height', () => {
  const parameters = new Parameters();
  const net = smallEncoder('bert').encoder.declare(parameters);
  const factors = net.rateFactors(0.5);
  expect(factors.get('encoder.layer.1.output.dense.weight')).toBe(1);
  expect(factors.get('encoder.layer.0.output.dense.weight')).toBe(0.5);
  expect(factors.get('embeddings.word_embeddings.weight')).toBe(0.25);
  expect([...factors.keys()].sort()).toEqual(parameters.names().sort());
});

it('says which layers LoRA can wrap, and how many can be frozen', () => {
  const { encoder } = smallEncoder('bert');
  const lora = { rank: 2, alpha: 2, targets: ['c_attn'] };
  expect(() => encoder.declare(new Parameters(), { lora })).toThrow(/no layers called c_attn.*attention\.self\.query/);
  expect(() => encoder.declare(new Parameters(), { frozen: 3 })).toThrow(/2 layers; 3 of them/);
});

it('makes micro-batches of one size', () => {
  const { encoder, shape } = smallEncoder('bert');
  const net = encoder.declare(new Parameters());
  const tokens = randomTokens([20, 20, 3, 4], shape.vocabulary);
  const batches = [
    [0, 1],
    [2, 3],
  ];
  const least = largestSizes(batches.map((rows) => net.batch(tokens, rows, 2)));
  expect(batches.map((rows) => net.batch(tokens, rows, 2, least).sizes)).toEqual([least, least]);
});

/** Last hidden states of the first text. */
async function lastHidden(encoder: SmallModel['encoder'], tokens: Tokenized): Promise<Float32Array> {
  const parameters = new Parameters();
  const net = encoder.declare(parameters);
  const session = openCpuDevice().session();
  parameters.write(session, net.weights());
  const { sizes, inputs } = net.batch(tokens, [0]);
  const plan = record((r) => r.output('tokens', net.encode(new StepContext(r, parameters, sizes, false)).tokens!));
  const prepared = await session.prepare(plan);
  writePlanInputs(session, plan, inputs);
  await prepared.run();
  return session.output(prepared, 'tokens');
}

async function vectorsOf(
  encoder: SmallModel['encoder'],
  tokens: Tokenized,
  training: EncoderTraining = {},
): Promise<Float32Array> {
  const parameters = new Parameters();
  const net = encoder.declare(parameters, { frozen: 'encoder', ...training });
  const session = openCpuDevice().session();
  parameters.write(session, net.weights());
  const reader = createReader(session, parameters, net);
  const vectors = await reader.read(tokens);
  reader.dispose();
  return vectors;
}

/** Weights before and after one step of plain SGD on the pooled vectors. */
async function stepOf(
  { encoder, shape }: SmallModel,
  training: EncoderTraining,
): Promise<{ before: TensorMap; after: TensorMap }> {
  const parameters = new Parameters();
  const net = encoder.declare(parameters, training);
  // So that a frozen encoder leaves something to train.
  parameters.declare('head', [shape.hidden], { initialiser: { kind: 'constant', value: 0.5 } });
  const session = openCpuDevice().session();
  const stepper = createStepper(session, {
    parameters,
    seed: 5,
    optimizer: { name: 'sgd' },
    loss: (c) => {
      const scaled = multiply(net.encode(c).pooled, c.weight('head'));
      return mean(multiply(scaled, c.input('towards', [3, shape.hidden])));
    },
  });
  const before: TensorMap = { ...parameters.initial(6), ...net.weights() };
  parameters.write(session, before);
  const { sizes, inputs } = net.batch(randomTokens([4, 2, 6], shape.vocabulary), [0, 1, 2]);
  const towards = Float32Array.from({ length: 3 * shape.hidden }, (_, i) => Math.sin(1 + i));
  await stepper.run([{ ...inputs, towards }], { sizes, learningRate: 0.5 });
  const after = await parameters.read(session);
  const own = Object.fromEntries(Object.entries(after).filter(([name]) => name !== 'head'));
  return { before, after: own };
}
