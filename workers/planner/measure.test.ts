// Measuring a recipe on stored rows: plan, batch sizes, learning rates and profile through the worker's own api. Nothing
// is stored, a run comes first, and a search can be called off.
import { describe, expect, it } from 'vitest';
import { loadKernels, startThread } from '../../scripts/wasm-node.mjs';
import type { EngineProgress } from '../../src/contract/engine';
import { DeviceError } from '../../src/contract/errors';
import type { Recipe } from '../../src/contract/records';
import { resolveRecipe } from '../../src/lib/recipe';
import { listRuns } from '../../src/storage/runs';
import { spec } from '../../src/tasks/classifier/spec';
import { training } from '../../src/tasks/classifier/train';
import type { StepMetrics, StepOptions } from '../../src/tasks/task';
import { Backends } from '../backends/start';
import { openWasmDevice } from '../backends/wasm-device';
import { taskTable } from '../task-table';
import { storeRows, storeRun, type StoredRows } from '../testing/stored-rows';
import { createTrainApi } from '../train-api';
import { findBatchSize } from './batch-size';
import { learningRateRange } from './learning-rate';
import type { PlannerHost } from './measure';

const words = ['card', 'fee', 'pin', 'loan', 'rate', 'bank', 'cash', 'coin'];
const rows = Array.from({ length: 300 }, (_, i) => ({
  text: `${words[i % 8]} ${words[(i * 3) % 8]} number ${i % 17} please`,
  labels: [words[i % 4]!],
}));

const worker = () =>
  createTrainApi({
    tasks: taskTable([spec], [training]),
    openWasm: () => openWasmDevice({ load: loadKernels, startThread, threads: 2 }),
    build: 'test',
  });

function recipeOf({ dataset }: StoredRows, change: Record<string, unknown> = {}): Recipe {
  const { config, problems } = resolveRecipe(spec, { config: { base: 'scratch', ...change } });
  expect(problems).toEqual([]);
  return { task: 'classifier', dataset: dataset.id, seed: 1, config };
}
const stored = async (): Promise<StoredRows> => {
  const made = await storeRows('classifier', rows);
  made.dataset.report.stats.classes = Object.fromEntries(words.slice(0, 4).map((word) => [word, 75]));
  return made;
};

describe('measuring', () => {
  it('gives a plan its seconds from real steps, within a second, and stores nothing', async () => {
    const made = await stored();
    const api = worker();
    const recipe = recipeOf(made);
    const began = performance.now();
    const early = await api.plan(recipe, made.projectId, 'wasm');
    expect(performance.now() - began).toBeLessThan(1500);
    expect(early).toMatchObject({ fits: true, changes: [] });
    await expect
      .poll(async () => (await api.plan(recipe, made.projectId, 'wasm')).probe, { timeout: 10_000 })
      .toMatchObject({ backend: 'wasm' });
    const plan = await api.plan(recipe, made.projectId, 'wasm');
    expect(plan.probe!.steps).toBeGreaterThanOrEqual(3);
    expect(plan.secondsEstimated).toBeGreaterThan(plan.steps * plan.probe!.secondsPerStep);
    expect(await listRuns(made.projectId)).toEqual([]);
  });

  it('names what to lower where a run does not fit', async () => {
    const made = await storeRows('classifier', rows);
    made.dataset.report.stats.labelled = 3_000_000;
    const { putDataset } = await import('../../src/storage/datasets');
    await putDataset({
      ...made.dataset,
      report: {
        ...made.dataset.report,
        stats: {
          ...made.dataset.report.stats,
          textLength: { mean: 20_000, p50: 1, p95: 1, max: 1, histogram: { edges: [], counts: [] } },
        },
      },
    });
    const recipe = recipeOf(made, { batchSize: 4096, maxLength: 4096, maxFeatures: 500_000, vectorSize: 512 });
    const plan = await worker().plan(recipe, made.projectId, 'wasm');
    expect(plan.fits).toBe(false);
    expect(plan.probe).toBeNull();
    expect(plan.advice.length).toBeGreaterThan(0);
    const lowered = { ...recipe.config };
    for (const { field, to, also } of plan.changes!) Object.assign(lowered, { [field]: to }, also);
    if (plan.changes!.length > 0)
      expect((await worker().plan({ ...recipe, config: lowered }, made.projectId, 'wasm')).fits).toBe(true);
  });

  it('finds a batch size and a learning rate', async () => {
    const made = await stored();
    const api = worker();
    const told: EngineProgress[] = [];
    const recipe = recipeOf(made);
    const curve = await api.findBatchSize('a', recipe, made.projectId, 'wasm', (each) => told.push(each));
    expect(curve.points.map(({ batchSize }) => batchSize)).toEqual([4, 8, 16, 32, 64, 128, 256]);
    for (const { examplesPerSecond, bytes } of curve.points) {
      expect(examplesPerSecond).toBeGreaterThan(0);
      expect(bytes).toBeGreaterThan(0);
    }
    expect(curve.points.map(({ batchSize }) => batchSize)).toContain(curve.suggested);
    // 300 rows, of which a part is held back: an epoch keeps its twenty steps.
    expect(curve.suggested).toBeLessThanOrEqual(300 / 20);
    expect(told.at(-1)).toMatchObject({ fraction: 1 });
    const range = await api.learningRateRange('b', recipe, made.projectId, 'wasm', () => undefined);
    expect(range.points.length).toBeGreaterThan(50);
    expect(range.suggested).toBeGreaterThan(1e-5);
    expect(range.suggested).toBeLessThan(0.5);
  });

  /** The worker's own task, with some of what a graphics device does. */
  const hostWith = (prepare: typeof training.prepare): PlannerHost => ({
    tasks: taskTable([spec], [{ ...training, prepare }]),
    backends: new Backends({ build: 'test', openWasm: () => openWasmDevice({ load: loadKernels, threads: 1 }) }),
    busy: () => false,
  });
  const { signal } = new AbortController();

  it('finds a learning rate where the figures of a step come late', async () => {
    const host = hostWith(async (context) => {
      const trainer = await training.prepare(context);
      const kept: { step: number; values: StepMetrics }[] = [];
      return Object.assign(Object.create(trainer), {
        async step(step: number, options?: StepOptions) {
          kept.push({ step, values: await trainer.step(step, options) });
          return {};
        },
        told: () => Promise.resolve(kept.splice(0)),
      });
    });
    const range = await learningRateRange(host, recipeOf(await stored()), 'wasm', signal, () => undefined);
    expect(range.points.length).toBeGreaterThan(50);
  });

  it('finds the largest batch by what the device refuses, too', async () => {
    const host = hostWith((context) => {
      if (Number(context.config['batchSize']) > 32) throw new DeviceError('No memory left.');
      return training.prepare(context);
    });
    const curve = await findBatchSize(host, recipeOf(await stored()), 'wasm', signal, () => undefined);
    expect(curve.largest).toBe(32);
    expect(curve.points.at(-1)).toMatchObject({ batchSize: 64, fits: false, examplesPerSecond: null });
  });

  it('says where the time of a step goes', async () => {
    const made = await stored();
    const profile = await worker().profile({ projectId: made.projectId, recipe: recipeOf(made) }, 'wasm');
    expect(profile).toMatchObject({ backend: 'wasm', step: 5 });
    expect(profile.calls.length).toBeGreaterThan(5);
    const sum = profile.calls.reduce((total, { durationMs }) => total + durationMs, 0);
    expect(profile.totalMs).toBeGreaterThanOrEqual(sum * 0.99);
  });

  it('is called off by its id, and makes way for a run', async () => {
    const made = await stored();
    const api = worker();
    const search = api.findBatchSize('c', recipeOf(made), made.projectId, 'wasm', () => undefined);
    setTimeout(() => void api.cancel('c'), 300);
    await expect(search).rejects.toMatchObject({ name: 'AbortError' });
    const other = api.learningRateRange('d', recipeOf(made), made.projectId, 'wasm', () => undefined);
    other.catch(() => undefined);
    const run = await storeRun(spec, made, { base: 'scratch', epochs: 1 });
    const ended = api.run(run.id, 'wasm', () => undefined);
    await expect(other).rejects.toMatchObject({ name: 'DeviceError' });
    await expect(api.findBatchSize('e', recipeOf(made), made.projectId, 'wasm', () => undefined)).rejects.toThrow(
      /A run is training/,
    );
    expect((await ended).status).toBe('finished');
  });
});
