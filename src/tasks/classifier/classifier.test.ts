// The classifier through THE loop, on the devices that run in Node: it learns, repeats, resumes bit for bit with any
// optimizer and any number of threads, leaks nothing, and what is taken away answers the same.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tfjs from '@tensorflow/tfjs';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels, startThread } from '../../../scripts/wasm-node.mjs';
import { openCpuDevice } from '../../../workers/backends/cpu-device';
import type { Device } from '../../../workers/backends/device';
import { openWasmDevice } from '../../../workers/backends/wasm-device';
import { prepareTrainer, sitThrough, topicRows } from '../../../workers/testing/classifier-rows';
import { freshLoop } from '../../../workers/loop';
import { weightHash } from '../../../workers/weight-hash';
import { readSafetensors, toFloat32 } from '../../formats/safetensors';
import { Rng } from '../../lib/rng';
import type { TensorMap } from '../../contract/records';
import type { LabelPredictor, StepMetrics, StepOptions } from '../task';
import { readModel } from './model';
import { training } from './train';

const devices = new Map<string, Device>();
const deviceOf = (name: string): Device => devices.get(name)!;
beforeAll(async () => {
  devices.set('cpu', openCpuDevice());
  devices.set('one thread', await openWasmDevice({ load: loadKernels, threads: 1 }));
  devices.set('two threads', await openWasmDevice({ load: loadKernels, startThread, threads: 2 }));
});
afterAll(() => {
  for (const device of devices.values()) device.dispose();
});

const small = { epochs: 6, batchSize: 7, vectorSize: 12, evalSteps: 8, saveSteps: 1, earlyStoppingPatience: 0 };
const variants: [string, Record<string, unknown>, boolean][] = [
  ['plain', {}, false],
  [
    'with a hidden layer, dropout, decay and cosine',
    { hiddenSize: 9, dropout: 0.3, weightDecay: 0.1, schedule: 'cosine' },
    false,
  ],
  ['with several labels', { hiddenSize: 5, dropout: 0.1, schedule: 'constant', labelSmoothing: 0.1 }, true],
  [
    'with accumulation, an average, smoothing and one cycle',
    { gradientAccumulation: 3, emaDecay: 0.9, labelSmoothing: 0.1, dropout: 0.2, schedule: 'one-cycle', batchSize: 4 },
    false,
  ],
  ['in mixed precision', { precision: 'f16', hiddenSize: 6, dropout: 0.1 }, false],
  ['with clipped values and polynomial', { maxGradValue: 0.01, maxGradNorm: 0, schedule: 'polynomial' }, false],
  ...['adam', 'sgd', 'adagrad', 'rmsprop', 'lion'].map((optimizer): [string, Record<string, unknown>, boolean] => [
    `with ${optimizer}`,
    { optimizer, weightDecay: 0.01, schedule: 'cosine-restarts' },
    false,
  ]),
];

describe.each(['cpu', 'one thread', 'two threads'])('on %s', (name) => {
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
    const trainer = await prepareTrainer(few, deviceOf(name), { epochs: 60, batchSize: 5, learningRate: 0.02 });
    const { losses } = await sitThrough(trainer, few);
    expect(losses.get(trainer.totalSteps)).toBeLessThan(0.02);
    trainer.dispose();
  });

  it.each(variants)('resumes bit for bit, %s', async (_, config, several) => {
    const data = topicRows(several);
    const make = (seed = 1) => prepareTrainer(data, deviceOf(name), { ...small, ...config }, seed);
    const whole = await make();
    const through = await sitThrough(whole, data);
    const wanted = await weightHash((await whole.weights()).tensors);
    const rng = new Rng(7);
    for (let i = 0; i < 4; i++) {
      const step = 1 + rng.integer(whole.totalSteps - 2);
      const kept = structuredClone(through.saved.get(step)!);
      const resumed = await make();
      await resumed.restore(kept.state, kept.loop.step, kept.pins);
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

  it('leaves no tensor behind, and holds no more bytes after many steps', async () => {
    const data = topicRows();
    const before = memory().numTensors;
    const trainer = await prepareTrainer(data, deviceOf(name), { ...small, hiddenSize: 8, epochs: 40 });
    const { kept } = await sitThrough(trainer, data, { until: 60 }).then(() => ({ kept: trainer.memory!() }));
    await sitThrough(trainer, data, { until: 240, from: { ...freshLoop(), step: 60 } });
    expect(trainer.memory!()).toEqual(kept);
    expect(memory().numTensors).toBe(before);
    trainer.dispose();
  });

  it('says where the time of a step goes, and makes the same step', async () => {
    const data = topicRows();
    const [plain, timed] = [
      await prepareTrainer(data, deviceOf(name), small),
      await prepareTrainer(data, deviceOf(name), small),
    ];
    const found: Parameters<NonNullable<StepOptions['onProfile']>>[0][] = [];
    for (let step = 0; step < 3; step++) {
      await plain.step(step);
      await timed.step(step, { onProfile: (profile) => found.push(profile) });
    }
    expect(await weightHash((await timed.weights()).tensors)).toBe(await weightHash((await plain.weights()).tensors));
    expect(found).toHaveLength(3);
    const [profile] = found;
    expect(profile!.calls.map(({ kernel }) => kernel)).toContain('EmbeddingBag');
    expect(profile!.calls.some(({ flops }) => flops > 0)).toBe(true);
    expect(profile!.memory.parameters).toBeGreaterThan(0);
    expect(JSON.parse(profile!.trace)).toHaveProperty('traceEvents');
    plain.dispose();
    timed.dispose();
  });
});

describe.each(variants)('%s', (_, config, several) => {
  it('has the same weights with one thread and with two', async () => {
    const data = topicRows(several);
    const hashes = new Set<string>();
    for (const name of ['one thread', 'two threads']) {
      const trainer = await prepareTrainer(data, deviceOf(name), { ...small, ...config });
      await sitThrough(trainer, data, { until: 15 });
      hashes.add(await weightHash((await trainer.weights()).tensors));
      trainer.dispose();
    }
    expect(hashes.size).toBe(1);
  });

  it('goes on with one thread what two began, bit for bit', async () => {
    const data = topicRows(several);
    const begun = await prepareTrainer(data, deviceOf('two threads'), { ...small, ...config });
    const { saved } = await sitThrough(begun, data, { until: 11 });
    const { state, loop, pins } = saved.get(7)!;
    const resumed = await prepareTrainer(data, deviceOf('one thread'), { ...small, ...config });
    await resumed.restore(structuredClone(state), loop.step, pins);
    await sitThrough(resumed, data, { from: loop, until: 11 });
    const hashes = [begun, resumed].map(async (trainer) => weightHash((await trainer.weights()).tensors));
    expect(await hashes[1]).toBe(await hashes[0]);
    begun.dispose();
    resumed.dispose();
  });

  it('has about the same first losses as plain loops', async () => {
    const data = topicRows(several);
    const curves: number[][] = [];
    for (const name of ['cpu', 'two threads']) {
      const trainer = await prepareTrainer(data, deviceOf(name), { ...small, ...config });
      curves.push([...(await sitThrough(trainer, data, { until: 5 })).losses.values()]);
      trainer.dispose();
    }
    curves[0]!.forEach((loss, i) => expect(Math.abs(loss - curves[1]![i]!)).toBeLessThan(1e-4));
  });
});

it('mixed precision skips steps that overflow, halves the loss scale and goes on, also after a restart', async () => {
  const data = topicRows();
  const make = () => prepareTrainer(data, deviceOf('one thread'), { ...small, precision: 'f16', learningRate: 0.02 });
  const trainer = await make();
  const first = (await trainer.step(0)) as { lossScale: number; skippedSteps: number };
  expect(first).toMatchObject({ lossScale: 2 ** 16, skippedSteps: 0 });
  // As if the scale had grown too far: the next gradients overflow until it has come down.
  const state = await trainer.state();
  state['scaler']!.data[1] = 2 ** 24;
  await trainer.restore(state, 1);
  const seen: StepMetrics[] = [];
  for (let step = 1; step < 20; step++) seen.push(await trainer.step(step));
  const skipped = seen.at(-1)!['skippedSteps']!;
  expect(skipped).toBeGreaterThan(0);
  expect(seen.at(-1)!['lossScale']).toBe(2 ** (24 - skipped));
  for (const values of seen) for (const value of Object.values(values)) expect(value).toSatisfy(Number.isFinite);
  expect(seen.filter(({ loss }) => loss === undefined)).toHaveLength(skipped);
  const later = await make();
  await later.restore(structuredClone(await trainer.state()), 20);
  expect((await later.step(20))['skippedSteps']).toBe(skipped);
  trainer.dispose();
  later.dispose();
});

it('accumulated batches are one larger batch', async () => {
  const data = topicRows();
  const config = { ...small, emaDecay: 0.5, optimizer: 'sgd', learningRate: 0.5, warmupSteps: 0 };
  const weights: TensorMap[] = [];
  for (const batch of [
    { batchSize: 12, gradientAccumulation: 1 },
    { batchSize: 4, gradientAccumulation: 3 },
  ]) {
    const trainer = await prepareTrainer(data, deviceOf('one thread'), { ...config, ...batch });
    await sitThrough(trainer, data, { until: 6 });
    weights.push((await trainer.weights()).tensors);
    trainer.dispose();
  }
  for (const [name, { data: values }] of Object.entries(weights[0]!))
    values.forEach((value, i) => expect(Math.abs(value - weights[1]![name]!.data[i]!)).toBeLessThan(1e-5));
});

describe.each([
  ['one label', false],
  ['several labels', true],
])('a trained model with %s', (_, several) => {
  const data = topicRows(several);
  let weights: Parameters<typeof training.load>[0];
  let predictor: LabelPredictor;
  const about = { name: 'v1', labels: data.labels, multiLabel: several, version: 1 };
  const texts = [...data.splits.test.texts, '', 'zzz', 'Où est ma CARTE ?! 🙂', 'pin '.repeat(300), 'ﬁve’s “card”'];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'classifier-export-'));

  beforeAll(async () => {
    const config = { epochs: 30, batchSize: 8, vectorSize: 16, hiddenSize: several ? 6 : 0, learningRate: 0.02 };
    const trainer = await prepareTrainer(data, deviceOf('two threads'), config);
    await sitThrough(trainer, data);
    weights = await trainer.weights();
    const device = deviceOf('two threads');
    predictor = await training.load(weights, { labels: data.labels, multiLabel: several, backend: 'wasm', device });
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
    await tfjs.setBackend('cpu');
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
