// What the planner concludes from sizes and curves, and that measuring a recipe leaves nothing behind.
import { describe, expect, it } from 'vitest';
import type { BatchSizePoint, LearningRatePoint } from '../../src/contract/engine';
import type { Fields } from '../../src/lib/fields';
import { AbortError } from '../../src/contract/errors';
import type { Saving } from '../../src/tasks/task';
import { Backends } from '../backends/start';
import { taskTable } from '../task-table';
import { chooseBatchSize } from './batch-size';
import { memoryBudget } from './budget';
import { changesToFit } from './changes';
import { createPlanner } from './index';
import { Jobs } from './jobs';
import { readRange } from './learning-rate';
import { rowsPerStep, trainShare } from './step-rows';

const halve = (field: string, least: number): Saving => ({
  field,
  why: 'Because.',
  lower: (config) => (Number(config[field]) > least ? { ...config, [field]: Number(config[field]) / 2 } : null),
});
const fields: Fields = {
  batchSize: { kind: 'number', title: 'Batch size', help: '', fold: 'most', default: 32, min: 1, max: 4096 },
};
const bytesOf = (config: Record<string, unknown>): number => Number(config['batchSize']) * 10 + Number(config['width']);

describe('what to lower', () => {
  const savings = [halve('batchSize', 1), halve('width', 100)];

  it('is nothing where the run fits', () => {
    expect(changesToFit({ batchSize: 8, width: 100 }, savings, fields, 1000, bytesOf)).toEqual([]);
  });

  it('is each setting that is enough by itself, only as far as needed', () => {
    const changes = changesToFit({ batchSize: 64, width: 800 }, savings, fields, 1000, bytesOf);
    expect(changes).toEqual([
      { field: 'batchSize', title: 'Batch size', from: 64, to: 16, bytes: 960, why: 'Because.' },
      { field: 'width', title: 'width', from: 800, to: 200, bytes: 840, why: 'Because.' },
    ]);
    for (const { field, to } of changes)
      expect(bytesOf({ batchSize: 64, width: 800, [field]: to })).toBeLessThanOrEqual(1000);
  });

  it('is several together where one is not enough, and nothing where all are not', () => {
    const changes = changesToFit({ batchSize: 64, width: 3200 }, savings, fields, 500, bytesOf);
    const lowered = Object.fromEntries(changes.map(({ field, to }) => [field, to]));
    expect(changes.map(({ field }) => field)).toEqual(['batchSize', 'width']);
    expect(bytesOf({ batchSize: 64, width: 3200, ...lowered })).toBeLessThanOrEqual(500);
    expect(changesToFit({ batchSize: 64, width: 3200 }, savings, fields, 50, bytesOf)).toEqual([]);
  });
});

it('counts the rows of a step over all batches that are added up', () => {
  expect(rowsPerStep({ batchSize: 32, gradientAccumulation: 4 })).toBe(128);
  expect(rowsPerStep({ batchSize: 32 })).toBe(32);
  expect(rowsPerStep({ epochs: 3 })).toBe(0);
  expect([trainShare({ split: { train: 0.8 } }), trainShare({})]).toEqual([0.8, 1]);
});

describe('the batch size', () => {
  const point = (batchSize: number, examplesPerSecond: number | null, fits = true): BatchSizePoint => ({
    batchSize,
    examplesPerSecond,
    bytes: batchSize,
    fits,
  });

  const rising = [point(8, 100), point(16, 190), point(32, 340), point(64, 360), point(128, 350)];

  it('is the smallest that is nearly the fastest', () => {
    const curve = chooseBatchSize(rising, 1000);
    expect(curve).toMatchObject({ suggested: 32, largest: 128 });
    expect(curve.reason).toMatch(/From 32 rows a step on the speed levels off/);
  });

  it('leaves an epoch twenty steps, and says so', () => {
    const curve = chooseBatchSize([...rising, point(256, 900)], 100);
    expect(curve).toMatchObject({ suggested: 64, largest: 256 });
    expect(curve.reason).toMatch(
      /64 rows a step are the most that leave at least 20 steps an epoch. 256 would be faster/,
    );
    const few = chooseBatchSize(rising, 3);
    expect(few.suggested).toBe(8);
    expect(few.reason).toMatch(/so few rows/);
  });

  it('never is one that does not fit', () => {
    expect(chooseBatchSize([point(8, 100), point(16, 300, false)], 1000)).toMatchObject({ suggested: 8, largest: 8 });
    expect(() => chooseBatchSize([point(8, null, false)], 1000)).toThrow(/Not even the smallest/);
  });
});

describe('the learning rate', () => {
  const curve = (lossAt: (exponent: number) => number): LearningRatePoint[] =>
    Array.from({ length: 100 }, (_, i) => {
      const exponent = -6 + (6 * i) / 99;
      return { learningRate: 10 ** exponent, loss: lossAt(exponent), smoothed: lossAt(exponent) };
    });

  it('lies where the loss falls fastest, or a tenth of where it is lowest', () => {
    // Falls around 1e-3, lowest at 1e-1.5, then blows up.
    const range = readRange(curve((e) => 3 - 2 / (1 + Math.exp(-4 * (e + 3))) + (e > -1.5 ? (e + 1.5) * 5 : 0)));
    expect(range.steepest).toBeGreaterThan(5e-4);
    expect(range.steepest).toBeLessThan(2e-3);
    expect(range.suggested).toBeCloseTo(Number(Math.min(range.steepest!, range.lowest! / 10).toPrecision(2)), 12);
  });

  it('stays at a tenth of where the loss diverges', () => {
    const falling = curve((e) => 3 - 2 / (1 + Math.exp(-6 * (e + 1.2))));
    expect(readRange(falling, 0.1)).toMatchObject({ diverged: 0.1, suggested: 0.01 });
    expect(readRange(falling, 0.1).reason).toMatch(/A tenth of where the loss diverges/);
    expect(readRange(falling, 10).suggested).toBeCloseTo(10 ** -1.2, 1);
  });

  it('is not guessed from a flat curve', () => {
    expect(readRange(curve(() => 2))).toMatchObject({ suggested: null, steepest: null });
    expect(readRange(curve((e) => 2 + Math.max(0, e + 2)))).toMatchObject({ suggested: null });
  });
});

describe('the budget', () => {
  it('stays below what a tab and a wasm memory can hold', () => {
    expect(memoryBudget('wasm', { deviceMemory: 8, maxBufferBytes: undefined })).toBeLessThanOrEqual(3e9);
    expect(memoryBudget('wasm', { deviceMemory: 2, maxBufferBytes: undefined })).toBe(2 ** 30);
    expect(memoryBudget('webgpu', { deviceMemory: 8, maxBufferBytes: 2 ** 28 })).toBe(2 ** 30);
  });
});

it('a job is called off by its id, another one is not', async () => {
  const jobs = new Jobs();
  const waiting = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve('called off')));
  const one = jobs.run('one', waiting);
  const two = jobs.run('two', waiting);
  jobs.cancel('one');
  jobs.cancel('unknown');
  expect(await one).toBe('called off');
  expect(await Promise.race([two, Promise.resolve('goes on')])).toBe('goes on');
  jobs.cancel('two');
  await two;
});

describe('work ahead of need', () => {
  const planner = () => createPlanner({ tasks: taskTable([], []), backends, busy: () => false });
  const backends = new Backends({ build: 'test', openWasm: () => Promise.reject(new Error('not used in this test')) });
  const until = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new AbortError())));

  it.each([
    ['a question', (made: ReturnType<typeof planner>) => made.job('asked', () => Promise.resolve())],
    ['a job aside', (made: ReturnType<typeof planner>) => made.aside('asked', () => Promise.resolve())],
    ['a prediction', (made: ReturnType<typeof planner>) => made.use()],
  ])('gives way to %s', async (_, ask) => {
    const made = planner();
    const ahead = made.ahead(until);
    ahead.catch(() => undefined);
    await Promise.resolve();
    await ask(made);
    await expect(ahead).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('gives way to a run, and waits behind a question', async () => {
    const made = planner();
    let answer: () => void = () => undefined;
    const asked = made.job('asked', () => new Promise<void>((resolve) => (answer = resolve)));
    let began = false;
    const ahead = made.ahead((signal) => ((began = true), until(signal)));
    ahead.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(began).toBe(false);
    answer();
    await asked;
    await expect.poll(() => began).toBe(true);
    made.giveWay();
    await expect(ahead).rejects.toMatchObject({ name: 'AbortError' });
  });
});
