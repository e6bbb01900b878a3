// Rows of the tasks that put labels on texts: read and frozen by freeze.ts, judged by class.
import type { Metrics } from '../src/contract/metrics';
import type { FrozenSplit, Run, Split } from '../src/contract/records';
import { evaluateRows } from '../src/lib/metrics/evaluate';
import { getFrozenSplit, putFrozenSplits } from '../src/storage/frozen-splits';
import type { LabelPredictor, LabelTrainer, RowKind, TaskData } from '../src/tasks/task';
import { hashRows, readRows, storeRows, thawRows } from './freeze';
import { timeAnswers } from './latency';
import { validationOf } from './validation';

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
    parents: data.parents,
    scores: await predictor.score(rows.texts),
  });
  const frozen: FrozenSplit = await getFrozenSplit(run.id, split);
  await putFrozenSplits([{ ...frozen, predicted, confidence }]);
  return metrics;
}

/** Of predictions, with evidence off. */
function timePredictions(data: TaskData, predictor: LabelPredictor): ReturnType<typeof timeAnswers> {
  const texts = [...data.splits.test.texts, ...data.splits.validation.texts, ...data.splits.train.texts];
  return timeAnswers(texts.slice(0, 1000), (some) => predictor.predict(some, { topK: 5 }));
}
