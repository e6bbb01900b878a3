// Several labels: targets as far as rows are certain, weights of rare labels against the definition and through a
// training, trees, and thresholds that test rows never touch.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels } from '../../../scripts/wasm-node.mjs';
import type { Device } from '../../../workers/backends/device';
import { openWasmDevice } from '../../../workers/backends/wasm-device';
import { prepareTrainer, sitThrough, topicRows } from '../../../workers/testing/classifier-rows';
import { evaluateRows } from '../../lib/metrics/evaluate';
import type { TaskData, TaskRows } from '../task';
import { ruleBeforeTuning, scoresBy, tunedRule } from './label-rule';
import { positiveWeights, targetInputs } from './targets';
import { training } from './train';

const rowsOf = (targets: number[][], certainty?: number[]): TaskRows => ({
  rowIds: targets.map((_, i) => `r.${i}`),
  texts: targets.map(() => 'text'),
  targets,
  weights: new Float64Array(targets.length).fill(1),
  ...(certainty ? { certainty: Float64Array.from(certainty) } : {}),
});

describe('targets', () => {
  const settings = { labels: 3, multiLabel: true, labelSmoothing: 0, posWeight: 'none' as const };
  const ones = new Float32Array(3).fill(1);

  it('hold as far as the row is certain; what a row does not have stays 0', () => {
    const rows = rowsOf([[0, 2], [1], []], [0.75, 1, 0.5]);
    const made = targetInputs(rows, Int32Array.of(1, 0, 2), 4, 3, settings, ones);
    expect([...made['targets']!]).toEqual([0, 1, 0, 0.75, 0, 0.75, 0, 0, 0, 0, 0, 0]);
    const shares = [...made['shares']!];
    expect(shares.slice(0, 3).every((share) => Math.abs(share - 1 / 3) < 1e-7)).toBe(true);
    expect(shares[3]).toBe(0);
  });

  it('are pulled inwards by smoothing', () => {
    const rows = rowsOf([[0]], [0.5]);
    const made = targetInputs(rows, Int32Array.of(0), 1, 1, { ...settings, labelSmoothing: 0.2 }, ones);
    [0.5, 0.1, 0.1].forEach((wanted, i) => expect(made['targets']![i]).toBeCloseTo(wanted, 6));
  });

  it('weights of positives: rows without over rows with, or its root, never 0 nor above 100', () => {
    const targets = Array.from({ length: 500 }, (_, i) => [0, ...(i % 5 === 0 ? [1] : []), ...(i === 7 ? [2] : [])]);
    expect([...positiveWeights({ targets }, 4, 'balanced')]).toEqual([1, 4, 100, 1]);
    expect([...positiveWeights({ targets }, 4, 'sqrt')].map((weight) => Number(weight.toFixed(4)))).toEqual([
      1, 2, 22.3383, 1,
    ]);
    expect([...positiveWeights({ targets }, 4, 'none')]).toEqual([1, 1, 1, 1]);
  });
});

describe('the rule', () => {
  const data = (targets: number[][], parents?: number[]): TaskData => ({
    labels: ['a', 'b', 'c'],
    multiLabel: true,
    splits: { train: rowsOf(targets), validation: rowsOf([]), test: rowsOf([]) },
    ...(parents ? { parents } : {}),
  });

  it('gives at least one label by itself where every training row has one', () => {
    expect(ruleBeforeTuning(data([[0], [1, 2]]), 'auto')).toEqual({ atLeastOne: true });
    expect(ruleBeforeTuning(data([[0], []]), 'auto')).toEqual({ atLeastOne: false });
    expect(ruleBeforeTuning(data([[0], []]), 'true').atLeastOne).toBe(true);
    expect(ruleBeforeTuning(data([[0], [1]]), 'false').atLeastOne).toBe(false);
    expect(ruleBeforeTuning({ ...data([[0]]), multiLabel: false }, 'true')).toEqual({});
  });

  it('tunes only labels with three positives on validation rows', () => {
    const targets = Array.from({ length: 12 }, (_, i) => (i < 3 ? [0] : i < 5 ? [1] : []));
    const values = Float32Array.from(targets.flatMap((own) => [0, 1, 2].map((l) => (own.includes(l) ? 0.3 : 0.1))));
    const rule = tunedRule({ atLeastOne: false }, scoresBy({}, values, 3), { targets });
    expect(rule.thresholds?.map((one) => Number(one.toFixed(3)))).toEqual([0.225, 0.5, 0.5]);
  });

  it('makes scores consistent with the tree', () => {
    const scores = scoresBy({ parents: [-1, 0, 0] }, Float32Array.of(0.25, 0.75, 0.5, 0.5, 0.25, 0.125), 3);
    expect([...scores.values]).toEqual([0.75, 0.75, 0.5, 0.5, 0.25, 0.125]);
  });
});

describe('a training', () => {
  let device: Device;
  beforeAll(async () => (device = await openWasmDevice({ load: loadKernels, threads: 1 })));
  afterAll(() => device.dispose());
  const config = { epochs: 8, batchSize: 8, vectorSize: 8, learningRate: 0.02, earlyStoppingPatience: 0 };

  /** Topics under two invented tops: 3 "money" over fee, 4 "card matters" over card and pin. */
  function tree(): TaskData {
    const data = topicRows(true);
    const parents = [4, 3, 4, -1, -1];
    const closed = (rows: TaskRows): TaskRows => ({
      ...rows,
      targets: rows.targets.map((own) => [...new Set([...own, ...own.map((label) => parents[label]!)])].sort()),
    });
    const { train, validation, test } = data.splits;
    const splits = { train: closed(train), validation: closed(validation), test: closed(test) };
    return { ...data, labels: [...data.labels, 'money', 'card matters'], parents, splits };
  }

  it('on a tree answers consistently, judged level by level, and so does its model', async () => {
    const data = tree();
    const trainer = await prepareTrainer(data, device, { ...config, epochs: 25, posWeight: 'sqrt' });
    await sitThrough(trainer, data);
    const weights = await trainer.weights();
    expect(weights.meta).toMatchObject({ parents: data.parents, atLeastOne: true });
    const { labels } = data;
    const predictor = await training.load(weights, { labels, multiLabel: true, backend: 'wasm', device });
    const { test } = data.splits;
    const scores = await predictor.score(test.texts);
    for (let row = 0; row < scores.rows; row++)
      data.parents!.forEach((parent, label) => {
        const at = row * labels.length;
        if (parent >= 0) expect(scores.values[at + parent]).toBeGreaterThanOrEqual(scores.values[at + label]!);
      });
    const judged = { labels, multiLabel: true, rowIds: test.rowIds, texts: test.texts, actual: test.targets };
    const { metrics } = evaluateRows({ ...judged, scores, parents: data.parents });
    expect(metrics.levels?.[0]?.f1Macro).toBeGreaterThan(0.9);
    expect(metrics.hierarchicalF1).toBeGreaterThan(0.9);
    const [answer] = await predictor.predict(['reset my pin'], { topK: 2 });
    expect(answer?.labels?.toSorted()).toEqual(['card matters', 'pin']);
    predictor.dispose();
    trainer.dispose();
  });

  it('takes its thresholds from validation rows, whatever the test rows say', async () => {
    const data = topicRows(true);
    const { test } = data.splits;
    const other = { ...test, targets: test.targets.map(() => [0, 1, 2]) };
    const thresholds = async (rows: TaskData): Promise<unknown> => {
      const trainer = await prepareTrainer(rows, device, config);
      await sitThrough(trainer, rows);
      const { meta } = await trainer.weights();
      trainer.dispose();
      return meta['thresholds'];
    };
    const found = await thresholds(data);
    expect(found).toHaveLength(3);
    expect(await thresholds({ ...data, splits: { ...data.splits, test: other } })).toEqual(found);
  });

  it('is less sure of labels whose rows are uncertain, and finds more of the rare with a weight', async () => {
    const data = topicRows(true);
    const train = data.splits.train;
    const mean = async (rows: TaskData, more: Record<string, unknown>): Promise<number> => {
      const trainer = await prepareTrainer(rows, device, { ...config, ...more });
      await sitThrough(trainer, rows);
      const values = [...(await trainer.score(rows.splits.test.texts)).values];
      trainer.dispose();
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    const unweighted = { posWeight: 'none' };
    const plain = await mean(data, unweighted);
    const doubtful = { ...train, certainty: new Float64Array(train.rowIds.length).fill(0.6) };
    expect(await mean({ ...data, splits: { ...data.splits, train: doubtful } }, unweighted)).toBeLessThan(plain - 0.05);
    expect(await mean(data, { posWeight: 'balanced' })).toBeGreaterThan(plain + 0.02);
  });
});
