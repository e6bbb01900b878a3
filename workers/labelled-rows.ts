// Rows of the tasks that put labels on texts: read and frozen by freeze.ts, judged by class.
import type { Metrics } from '../src/contract/metrics';
import type { FrozenSplit, Model, Run, Split } from '../src/contract/records';
import { evaluateRows } from '../src/lib/metrics/evaluate';
import { getFrozenSplit, putFrozenSplits } from '../src/storage/frozen-splits';
import type { LabelPredictor, LabelTrainer, RowKind, TaskData } from '../src/tasks/task';
import { hashRows, readRows, storeRows, thawRows } from './freeze';
import { validationOf } from './validation';

/** Longest that timing a model may take: a slow one is timed on fewer texts and scaled. */
const latencyBudgetMs = 1500;

export const labelledRows: RowKind<TaskData, LabelPredictor, LabelTrainer> = {
  read: readRows,
  store: storeRows,
  thaw: thawRows,
  hash: hashRows,
  counts: ({ splits }) => ({
    train: splits.train.rowIds.length,
    validation: splits.validation.rowIds.length,
    test: splits.test.rowIds.length,
  }),
  labels: ({ labels, multiLabel }) => ({ labels, multiLabel }),
  validation: validationOf,
  judge,
  latency: timePredictions,
};

/** Every row of the split through the predictor; its answers are kept with the frozen rows. */
async function judge(run: Run, split: Split, data: TaskData, predictor: LabelPredictor): Promise<Metrics | null> {
  const rows = data.splits[split];
  if (rows.rowIds.length === 0) return null;
  const { metrics, predicted, confidence } = evaluateRows({
    labels: data.labels,
    multiLabel: data.multiLabel,
    rowIds: rows.rowIds,
    texts: rows.texts,
    actual: rows.targets,
    scores: await predictor.score(rows.texts),
  });
  const frozen: FrozenSplit = await getFrozenSplit(run.id, split);
  await putFrozenSplits([{ ...frozen, predicted, confidence }]);
  return metrics;
}

/** Milliseconds of one prediction (median of nine) and of a thousand, with evidence off. */
async function timePredictions(
  data: TaskData,
  predictor: LabelPredictor,
): Promise<NonNullable<Model['latency']> | null> {
  const texts = [...data.splits.test.texts, ...data.splits.validation.texts, ...data.splits.train.texts].slice(0, 1000);
  if (texts.length === 0) return null;
  const time = async (some: string[]): Promise<number> => {
    const began = performance.now();
    await predictor.predict(some, { topK: 5 });
    return performance.now() - began;
  };
  await time(texts.slice(0, 1));
  const ones: number[] = [];
  const began = performance.now();
  for (let i = 0; i < 9 && performance.now() - began < latencyBudgetMs / 3; i++)
    ones.push(await time([texts[i % texts.length]!]));
  ones.sort((a, b) => a - b);
  const oneMs = ones[Math.floor(ones.length / 2)]!;
  const affordable = Math.max(1, Math.floor(latencyBudgetMs / 2 / Math.max(oneMs, 0.01)));
  const many = Array.from({ length: 1000 }, (_, i) => texts[i % texts.length]!).slice(0, affordable);
  return { oneMs, thousandMs: ((await time(many)) * 1000) / many.length };
}
