// Tuning an encoder through the worker's own api and THE loop: every kind of rows and every loss, on a tiny static encoder and a
// tiny transformer made here. It learns, repeats, resumes bit for bit, and says what it was before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels, startThread } from '../../../scripts/wasm-node.mjs';
import { openWasmDevice } from '../../../workers/backends/wasm-device';
import { useStarterFiles } from '../../../workers/bases/starter';
import { starterFrom, staticFolder } from '../../../workers/bases/testing/static-folder';
import { asFiles, tinyFolder } from '../../../workers/bases/testing/tiny-folder';
import { taskTable } from '../../../workers/task-table';
import { storeRun, storeTable } from '../../../workers/testing/stored-rows';
import { createTrainApi } from '../../../workers/train-api';
import type { EmbeddingMetrics } from '../../contract/metrics';
import type { Cell, MappedColumn, Run } from '../../contract/records';
import { listRunEvents } from '../../storage/run-events';
import { spec } from './spec';
import { training } from './train';

type Table = Partial<Record<MappedColumn, Cell[]>>;

const openWasm = () => openWasmDevice({ load: loadKernels, startThread, threads: 2 });
const api = createTrainApi({ tasks: taskTable([spec], [training]), openWasm, build: 'test' });
let tiny = '';

beforeAll(async () => {
  useStarterFiles(starterFrom(staticFolder(8)));
  tiny = (await api.addBase('tiny', asFiles(tinyFolder(), 'tiny/'), () => undefined)).id;
});
afterAll(() => useStarterFiles(() => Promise.reject(new Error('not there'))));

/** Two groups of letters: words of one group belong together. */
const word = (group: number, i: number): string =>
  Array.from({ length: 3 }, (_, k) => 'abcdefgh nopqrstu'.slice(group * 9, group * 9 + 8)[(i * (k + 2) + k) % 8]).join(
    ' ',
  );
const count = 48;
const groupOf = (i: number): number => i % 2;
const split = Array.from({ length: count }, (_, i) => ['train', 'train', 'train', 'validation', 'test'][i % 5]!);
const each = (of: (i: number) => Cell): Cell[] => Array.from({ length: count }, (_, i) => of(i));

const tables: Record<string, Table> = {
  'scored-pairs': {
    sentence1: each((i) => word(groupOf(i), i)),
    sentence2: each((i) => word(i % 3 === 0 ? groupOf(i) : 1 - groupOf(i), i + 5)),
    score: each((i) => (i % 3 === 0 ? 4 + (i % 2) : (i % 4) / 2)),
    split,
  },
  pairs: { anchor: each((i) => word(groupOf(i), i)), positive: each((i) => word(groupOf(i), i + 7)), split },
  triplets: {
    anchor: each((i) => word(groupOf(i), i)),
    positive: each((i) => word(groupOf(i), i + 7)),
    negative: each((i) => (i % 7 === 0 ? null : word(1 - groupOf(i), i))),
    split,
  },
  labelled: { text: each((i) => word(groupOf(i), i)), label: each((i) => `group ${groupOf(i)}`), split },
  texts: { text: each((i) => word(groupOf(i), i)), split },
};

async function tune(table: Table, config: Record<string, unknown>, seed = 1): Promise<Run> {
  const run = await storeRun(spec, await storeTable('embedding', table), config, seed);
  return api.run(run.id, 'wasm', () => undefined);
}
const few = { epochs: 6, batchSize: 8, evalSteps: 4, saveSteps: 3, loggingSteps: 1, earlyStoppingPatience: 0 };
const figures = (run: Run, part: 'validation' | 'test' = 'test'): EmbeddingMetrics => {
  const metrics = run.metrics[part];
  if (metrics?.kind !== 'embedding') throw new Error('no figures of vectors');
  return metrics;
};
const lossesOf = async (run: Run): Promise<number[]> =>
  (await listRunEvents(run.id)).flatMap(({ kind, loss }) => (kind === 'log' && typeof loss === 'number' ? [loss] : []));

const mean = (some: number[]): number => some.reduce((a, b) => a + b, 0) / some.length;

const cases: [form: string, loss: string, more?: Record<string, unknown>][] = [
  ['scored-pairs', 'auto'],
  ['scored-pairs', 'cosine-similarity'],
  ['scored-pairs', 'contrastive'],
  ['scored-pairs', 'multiple-negatives'],
  ['pairs', 'auto'],
  ['pairs', 'contrastive', { mining: 'hard' }],
  ['pairs', 'triplet'],
  ['triplets', 'auto', { gradientAccumulation: 3 }],
  ['triplets', 'triplet'],
  ['triplets', 'cosent'],
  ['labelled', 'auto', { dimensions: [4, 2] }],
  ['labelled', 'contrastive'],
  ['labelled', 'triplet', { gradientAccumulation: 2 }],
  ['labelled', 'distillation'],
  ['texts', 'simcse'],
];

describe.each(cases)('%s with %s', (form, loss, more = {}) => {
  const config = { ...few, loss, learningRate: 0.02, ...more };

  it('learns from the starter', async () => {
    const run = await tune(tables[form]!, config);
    expect(run.status).toBe('finished');
    const losses = await lossesOf(run);
    expect(losses.every(Number.isFinite)).toBe(true);
    // A teacher that is the base itself has nothing to teach.
    if (loss !== 'distillation') expect(mean(losses.slice(-4))).toBeLessThan(mean(losses.slice(0, 4)));
    if (form === 'texts') expect(run.metrics.test).toBeNull();
    else expect(figures(run).before).toMatchObject({ kind: 'embedding', rows: figures(run).rows });
  });
});

describe('a tuned encoder', () => {
  it('orders scored pairs better than before, and says both', async () => {
    const run = await tune(tables['scored-pairs']!, { ...few, epochs: 12, learningRate: 0.05, metricForBest: 'last' });
    const { spearman, before } = figures(run);
    expect(spearman).toBeGreaterThan(before!.spearman!);
    expect(spearman).toBeGreaterThan(0.6);
    const model = await api.embed(run.modelId!, ['a b c', 'n o p', 'a b c'], 'wasm');
    expect(model.dimensions).toBe(8);
    expect(model.values.slice(0, 8)).toEqual(model.values.slice(16, 24));
    expect(Math.hypot(...model.values.slice(0, 8))).toBeCloseTo(1, 5);
    await expect(api.predict(run.modelId!, ['a'], { topK: 1 })).rejects.toMatchObject({ name: 'UnsupportedError' });
  });

  it('serves as the base of the next run', async () => {
    const first = await tune(tables['pairs']!, few);
    const next = await tune(tables['triplets']!, { ...few, base: first.modelId });
    expect(next).toMatchObject({ status: 'finished', base: { id: first.modelId, hash: first.weightHash } });
    const before = figures(next).before;
    const again = await tune(tables['triplets']!, { ...few, base: first.modelId, learningRate: 1e-7 });
    expect(figures(again).ndcgAt10).toBe(before?.ndcgAt10);
  });

  it('is the same with the same seed, and another with another', async () => {
    const [one, same, other] = [
      await tune(tables['labelled']!, few),
      await tune(tables['labelled']!, few),
      await tune(tables['labelled']!, few, 2),
    ];
    expect(one.weightHash).toBe(same.weightHash);
    expect(one.weightHash).not.toBe(other.weightHash);
  });
});

describe('a transformer', () => {
  const config = { ...few, learningRate: 0.02, schedule: 'constant', dropout: 0, metricForBest: 'last' };

  it('is tuned, kept as what changed, and answers as it was judged', async () => {
    const run = await tune(tables['scored-pairs']!, { ...config, base: tiny });
    expect(run.status).toBe('finished');
    const losses = await lossesOf(run);
    expect(mean(losses.slice(-4))).toBeLessThan(mean(losses.slice(0, 4)));
    const [first, again] = [await api.embed(run.modelId!, ['a b c'], 'wasm'), await api.embed(tiny, ['a b c'], 'wasm')];
    expect(first.dimensions).toBe(8);
    expect(first.values).not.toEqual(again.values);
  });

  it('with LoRA keeps the base and stores thin matrices', async () => {
    const lora = { rank: 2, alpha: 4, dropout: 0, targets: ['query', 'value'] };
    const run = await tune(tables['triplets']!, { ...config, base: tiny, lora });
    const whole = await tune(tables['triplets']!, { ...config, base: tiny });
    expect(run.status).toBe('finished');
    expect(run.sizeBytes).toBeLessThan(whole.sizeBytes / 3);
    const next = await tune(tables['triplets']!, { ...config, epochs: 1, base: run.modelId });
    expect(figures(next).before?.tripletAccuracy).toBe(figures(run).tripletAccuracy);
  });
});
