// The classifier through THE loop, on the backends that run in Node: it learns, repeats, resumes bit for bit,
// leaks nothing, and what is taken away answers the same.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import * as tfjs from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Backends } from '../../../workers/backends/start';
import { loadTensorflow } from '../../../workers/backends/tensorflow';
import { prepareTrainer, sitThrough, topicRows } from '../../../workers/testing/classifier-rows';
import { weightHash } from '../../../workers/weight-hash';
import { readSafetensors, toFloat32 } from '../../formats/safetensors';
import { Rng } from '../../lib/rng';
import type { Predictor } from '../task';
import { readModel } from './model';
import { training } from './train';

const wasmUrl = createRequire(import.meta.url).resolve(
  '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
);
const backends = new Backends(wasmUrl);
beforeAll(async () => {
  await backends.start('cpu');
  await backends.start('wasm');
});

const small = { epochs: 6, batchSize: 7, vectorSize: 12, evalSteps: 8, saveSteps: 1, earlyStoppingPatience: 0 };
const variants: [string, Record<string, unknown>, boolean][] = [
  ['plain', {}, false],
  [
    'with a hidden layer, dropout, decay and cosine',
    { hiddenSize: 9, dropout: 0.3, weightDecay: 0.1, schedule: 'cosine' },
    false,
  ],
  ['with several labels', { hiddenSize: 5, dropout: 0.1, schedule: 'constant' }, true],
];

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  it('learns ten rows by heart', async () => {
    const data = topicRows();
    const { train } = data.splits;
    const ten = {
      rowIds: train.rowIds.slice(0, 10),
      texts: train.texts.slice(0, 10),
      targets: train.targets.slice(0, 10),
      weights: train.weights.slice(0, 10),
    };
    const few = { ...data, splits: { ...data.splits, train: ten, validation: ten } };
    const trainer = await prepareTrainer(few, backend, { epochs: 60, batchSize: 5, learningRate: 0.02 });
    const { losses } = await sitThrough(trainer, few);
    expect(losses.get(trainer.totalSteps)).toBeLessThan(0.02);
    trainer.dispose();
  });

  it.each(variants)('resumes bit for bit, %s', async (_, config, several) => {
    const data = topicRows(several);
    const make = (seed = 1) => prepareTrainer(data, backend, { ...small, ...config }, seed);
    const whole = await make();
    const through = await sitThrough(whole, data);
    const wanted = await weightHash((await whole.weights()).tensors);
    const rng = new Rng(7);
    for (let i = 0; i < 4; i++) {
      const step = 1 + rng.integer(whole.totalSteps - 2);
      const kept = structuredClone(through.saved.get(step)!);
      const resumed = await make();
      await resumed.restore(kept.state, kept.loop.step);
      const rest = await sitThrough(resumed, data, { from: kept.loop });
      expect(await weightHash((await resumed.weights()).tensors)).toBe(wanted);
      expect(rest.loop).toEqual(through.loop);
      for (const [at, loss] of rest.losses) expect(loss).toBe(through.losses.get(at));
    }
    const other = await make(0);
    await sitThrough(other, data);
    const seedNought = await weightHash((await other.weights()).tensors);
    expect(seedNought).not.toBe(wanted);
    const again = await make(0);
    await sitThrough(again, data);
    expect(await weightHash((await again.weights()).tensors)).toBe(seedNought);
  });

  it('leaves no tensor behind', async () => {
    const tf = await loadTensorflow();
    const data = topicRows();
    const before = tf.memory().numTensors;
    const trainer = await prepareTrainer(data, backend, { ...small, hiddenSize: 8 });
    await sitThrough(trainer, data, { until: 9 });
    trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('cpu and wasm agree on the first losses', async () => {
  const data = topicRows();
  const curves: number[][] = [];
  for (const backend of ['cpu', 'wasm'] as const)
    curves.push([
      ...(await sitThrough(await prepareTrainer(data, backend, small), data, { until: 5 })).losses.values(),
    ]);
  curves[0]!.forEach((loss, i) => expect(Math.abs(loss - curves[1]![i]!)).toBeLessThan(1e-5));
});

describe.each([
  ['one label', false],
  ['several labels', true],
])('a trained model with %s', (_, several) => {
  const data = topicRows(several);
  let weights: Parameters<typeof training.load>[0];
  let predictor: Predictor;
  const about = { name: 'v1', labels: data.labels, multiLabel: several, version: 1 };
  const texts = [...data.splits.test.texts, '', 'zzz', 'Où est ma CARTE ?! 🙂', 'pin '.repeat(300), 'ﬁve’s “card”'];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'classifier-export-'));

  beforeAll(async () => {
    const config = { epochs: 30, batchSize: 8, vectorSize: 16, hiddenSize: several ? 6 : 0, learningRate: 0.02 };
    const trainer = await prepareTrainer(data, 'wasm', config);
    await sitThrough(trainer, data);
    weights = await trainer.weights();
    predictor = await training.load(weights, { labels: data.labels, multiLabel: several, backend: 'wasm' });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('answers right, and says which words drove it', async () => {
    const [answer] = await predictor.predict(['hello, i forgot my pin'], { topK: 2, evidence: true });
    expect(answer!.label).toBe('pin');
    expect(answer!.scores).toHaveLength(2);
    const strongest = answer!.evidence!.reduce((a, b) => (b.weight > a.weight ? b : a));
    expect(strongest).toMatchObject({ term: 'pin', start: 19, end: 22 });
    if (!several)
      expect(Array.from((await predictor.score(['x'])).values).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    else {
      const both = await predictor.predict(['the card is blocked and explain this fee'], { topK: 3 });
      expect(both[0]!.labels).toEqual(['card', 'fee']);
    }
  });

  async function unpack(format: string): Promise<Map<string, Uint8Array>> {
    const files = await training.exportFiles(format, weights, about);
    for (const file of files) writeFileSync(path.join(folder, file.path), file.bytes);
    return new Map(files.map((file) => [file.path, file.bytes]));
  }

  it.each(['tfjs', 'safetensors'])('as %s answers the same by its own script', async (format) => {
    await unpack(format);
    const lines = texts.map((text) => text.replaceAll('\n', ' ')).join('\n');
    const out = execFileSync('node', [path.join(folder, 'predict.mjs'), '--top', '3'], { input: `${lines}\n` });
    const answers = out
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { scores: { label: string; score: number }[]; labels?: string[] });
    const ours = await predictor.predict(texts, { topK: 3 });
    expect(answers).toHaveLength(texts.length);
    answers.forEach((answer, i) => {
      for (const { label, score } of answer.scores)
        expect(Math.abs(score - ours[i]!.scores.find((one) => one.label === label)!.score)).toBeLessThan(1e-5);
      expect(answer.labels).toEqual(ours[i]!.labels);
    });
  });

  it('opens as a TF.js layers model with the same probabilities', async () => {
    const files = await unpack('tfjs');
    const json = JSON.parse(new TextDecoder().decode(files.get('model.json'))) as {
      modelTopology: object;
      weightsManifest: { weights: tfjs.io.WeightsManifestEntry[] }[];
    };
    const weightData = files.get('weights.bin')!.slice().buffer;
    const weightSpecs = json.weightsManifest.flatMap((group) => group.weights);
    const layers = await tfjs.loadLayersModel(
      tfjs.io.fromMemory({ modelTopology: json.modelTopology, weightSpecs, weightData }),
    );
    const { vocabulary } = readModel(weights);
    const some = data.splits.test.texts.slice(0, 6);
    const bags = vocabulary.encode(some);
    const longest = Math.max(...some.map((_text, i) => bags.starts[i + 1]! - bags.starts[i]!));
    const ids = new Int32Array(some.length * longest);
    const shares = new Float32Array(some.length * longest);
    some.forEach((_text, row) => {
      const [from, to] = [bags.starts[row]!, bags.starts[row + 1]!];
      ids.set(bags.ids.subarray(from, to), row * longest);
      shares.set(bags.weights.subarray(from, to), row * longest);
    });
    const found = layers.predict([
      tfjs.tensor2d(ids, [some.length, longest], 'int32'),
      tfjs.tensor2d(shares, [some.length, longest]),
    ]) as tfjs.Tensor;
    const ours = await predictor.score(some);
    (await found.data()).forEach((value, i) => expect(Math.abs(value - ours.values[i]!)).toBeLessThan(1e-5));
  });

  it('keeps its weights in safetensors', async () => {
    const { tensors } = readSafetensors((await unpack('safetensors')).get('model.safetensors')!);
    const table = tensors.get('embedding.weight')!;
    expect([...toFloat32('embedding.weight', table)]).toEqual([...weights.tensors['embedding.weight']!.data]);
  });
});
