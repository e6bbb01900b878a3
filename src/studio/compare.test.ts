// Comparing runs and models at the facade's boundary: which rows, which figures, what is said.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Dataset } from '../contract/records';
import { compareModels, compareRuns } from './compare';
import { rowsNeeded } from './compare-advice';
import type { StudioContext } from './context';
import { fakeContext, storeProject } from './testing/fakes';
import { answeringTrainer, storeFinishedRun, type Answer, type TestRow } from './testing/finished-runs';

const names = ['card', 'fees', 'login', 'transfer'];
const truth = (index: number): string => names[index % 4]!;
const wrongEvery =
  (n: number): Answer =>
  (text) => {
    const index = Number(text.slice(5));
    return index % n === 0 ? truth(index + 1) : truth(index);
  };

let context: StudioContext;
let dataset: Dataset;
let rows: TestRow[];

beforeEach(async () => {
  const stored = await storeProject(Array.from({ length: 600 }, (_, index) => [`text ${index}`, truth(index)]));
  dataset = stored.dataset;
  rows = Array.from({ length: 600 }, (_, index) => ({
    rowId: stored.rowId(index),
    text: `text ${index}`,
    label: truth(index),
  }));
  context = fakeContext(answeringTrainer());
});

const run = (answer: Answer | null, parts: Partial<Parameters<typeof storeFinishedRun>[0]> = {}) =>
  storeFinishedRun({ dataset, answer, train: rows.slice(0, 300), test: rows.slice(300), ...parts });

describe('compareRuns', () => {
  it('compares on the same test rows, with an interval, a test and what differs', async () => {
    const a = await run(wrongEvery(5));
    const b = await run(wrongEvery(50), { config: { C: 2, extra: true } });
    const result = await compareRuns(context, [a.run.id, b.run.id]);
    expect(result).toMatchObject({ baseline: a.run.id, split: 'test', rows: 300 });
    expect(result.configDiff).toEqual({ C: [1, 2], extra: [undefined, true] });
    const [base, better] = result.runs;
    expect(base).toMatchObject({ difference: null, mcnemar: null, perClassDelta: {} });
    expect(base!.metrics).toEqual(a.run.metrics.test);
    const { difference, mcnemar } = better!;
    expect(difference!.f1Macro).toBeCloseTo(better!.metrics!.f1Macro - base!.metrics!.f1Macro, 12);
    expect(difference!.low).toBeLessThan(difference!.f1Macro);
    expect(difference!.high).toBeGreaterThan(difference!.f1Macro);
    expect(difference!.clear).toBe(true);
    expect(mcnemar).toMatchObject({ onlyThis: 54, onlyBaseline: 0 });
    expect(mcnemar!.pValue).toBeLessThan(1e-9);
    expect(Object.keys(better!.perClassDelta).sort()).toEqual(names);
    expect(result.answers).toHaveLength(300);
    const row = result.answers.find((one) => one.text === 'text 305')!;
    expect(row).toMatchObject({ actual: ['fees'], predicted: [['login'], ['fees']] });
    expect(result.advice[0]).toContain('Run 2 is clearly better than Run 1');
    expect(await compareRuns(context, [a.run.id, b.run.id])).toEqual(result);
  });

  it('refuses a winner inside the noise and says how many rows it would take', async () => {
    const a = await run(wrongEvery(7));
    const b = await run(wrongEvery(8));
    const { runs, advice } = await compareRuns(context, [a.run.id, b.run.id]);
    expect(runs[1]!.difference!.clear).toBe(false);
    expect(advice[0]).toContain('too close to call');
    expect(advice[0]).toMatch(/about [\d,]+ rows/);
    expect(rowsNeeded(0.01, -0.01, 0.03, 100)).toBe(400);
  });

  it('takes the rows that all held back where the splits differ', async () => {
    const a = await run(wrongEvery(5));
    const b = await run(wrongEvery(6), {
      train: rows.slice(0, 200).concat(rows.slice(400)),
      test: rows.slice(200, 400),
      seed: 2,
    });
    const result = await compareRuns(context, [a.run.id, b.run.id]);
    expect(result.rows).toBe(100);
    expect(result.runs[0]!.metrics!.rows).toBe(100);
    expect(result.runs[0]!.metrics!.loss).toBeNull();
    expect(result.configDiff).toEqual({ seed: [1, 2] });
  });

  it('asks all models about the first one’s rows where too few are shared, and names who trained on them', async () => {
    const a = await run(wrongEvery(5));
    const b = await run(wrongEvery(6), { train: rows.slice(300), test: rows.slice(0, 300) });
    const result = await compareRuns(context, [a.run.id, b.run.id]);
    expect(result).toMatchObject({ rows: 300, split: 'test' });
    expect(result.runs[1]!.metrics!.rows).toBe(300);
    expect(result.advice.join(' ')).toContain('Run 2 was trained on 300 of these rows');
  });

  it('falls back to validation rows, and lists a run without answers', async () => {
    const parts = { train: rows.slice(0, 300), test: [], validation: rows.slice(300) };
    const a = await run(wrongEvery(5), parts);
    const b = await run(wrongEvery(9), parts);
    const going = await run(null, parts);
    const result = await compareRuns(context, [a.run.id, b.run.id, going.run.id]);
    expect(result).toMatchObject({ split: 'validation', rows: 300 });
    expect(result.runs[2]).toMatchObject({ metrics: null, difference: null, mcnemar: null });
    expect(result.advice.join(' ')).toContain('Run 3 has no evaluation (it is running)');
  });

  it('judges different label sets by the same labels', async () => {
    const a = await run(wrongEvery(5));
    const b = await run(wrongEvery(5), { labels: [...names, 'unused'] });
    const { runs } = await compareRuns(context, [a.run.id, b.run.id]);
    expect(runs[0]!.metrics!.f1Macro).toBeCloseTo(runs[1]!.metrics!.f1Macro, 12);
    expect(runs[1]!.difference).toMatchObject({ f1Macro: 0, low: 0, high: 0, clear: false });
  });

  it('notes rows relabelled in between', async () => {
    const a = await run(wrongEvery(5));
    const test = rows.slice(300).map((row, index) => (index < 3 ? { ...row, label: 'card' } : row));
    const b = await run(wrongEvery(5), { test });
    const { advice } = await compareRuns(context, [a.run.id, b.run.id]);
    expect(advice.join(' ')).toContain('were relabelled between the runs');
  });

  it('leaves out rows whose text was edited in between, and says how many', async () => {
    const a = await run(wrongEvery(5));
    const test = rows.slice(300).map((row, index) => (index < 3 ? { ...row, text: `text ${index}` } : row));
    const b = await run(wrongEvery(5), { test });
    const result = await compareRuns(context, [a.run.id, b.run.id]);
    expect(result.rows).toBe(297);
    expect(result.advice.join(' ')).toContain('3 rows were left out: the text was edited');
  });

  it('refuses wrong numbers of runs and unknown ones', async () => {
    const a = await run(wrongEvery(5));
    await expect(compareRuns(context, [a.run.id])).rejects.toMatchObject({ name: 'RecipeError' });
    await expect(compareRuns(context, [a.run.id, a.run.id])).rejects.toMatchObject({ name: 'RecipeError' });
    await expect(compareRuns(context, [a.run.id, 'none'])).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});

describe('compareModels', () => {
  it('asks the models about a data set', async () => {
    const a = await run(wrongEvery(5));
    const b = await run(wrongEvery(50));
    const result = await compareModels(context, [a.model!.id, b.model!.id], { datasetId: dataset.id });
    expect(result).toMatchObject({ rows: 600, split: 'none' });
    expect(result.runs.map((one) => one.modelId)).toEqual([a.model!.id, b.model!.id]);
    expect(result.runs[1]!.difference!.clear).toBe(true);
    expect(result.advice.join(' ')).toContain('v1 was trained on 300 of these rows');
    const split = await compareModels(context, [a.model!.id, b.model!.id], { datasetId: dataset.id, split: 'test' });
    expect(split.rows).toBe(300);
  });
});
