// The figures on validation rows while a run works. Large splits are judged by an evenly spaced part, the same
// at every evaluation; the end of the run judges every row (finish.ts).
import { evaluateRows } from '../src/lib/metrics/evaluate';
import { worthwhileThresholds } from '../src/lib/metrics/thresholds';
import { mostCurves, packShares } from '../src/lib/label-curves';
import type { LabelTrainer, TaskData, Validation } from '../src/tasks/task';

const most = 4000;

/** Null where the run has no validation rows. */
export function validationOf(data: TaskData, trainer: LabelTrainer): Validation | null {
  const { validation } = data.splits;
  const rows = validation.rowIds.length;
  if (rows === 0) return null;
  const every = Math.max(1, Math.ceil(rows / most));
  const chosen = validation.rowIds.map((_, i) => i).filter((i) => i % every === 0);
  const texts = chosen.map((i) => validation.texts[i]!);
  const rowIds = chosen.map((i) => validation.rowIds[i]!);
  const actual = chosen.map((i) => validation.targets[i]!);
  const { labels, multiLabel, parents } = data;
  let labelF1 = '';
  const validate: Validation = async () => {
    const scores = await trainer.score(texts);
    // As the model would be now: its thresholds are tuned on these rows, too.
    if (multiLabel) scores.thresholds ??= worthwhileThresholds(scores.values, labels.length, actual);
    const { metrics } = evaluateRows({ labels, multiLabel, rowIds, texts, actual, parents, scores });
    labelF1 = packShares(labels.map((label) => metrics.perClass[label]?.f1 ?? 0));
    return {
      ...(metrics.loss === null ? {} : { validationLoss: metrics.loss }),
      accuracy: metrics.accuracy,
      f1Macro: metrics.f1Macro,
      f1Micro: metrics.f1Micro,
      f1Weighted: metrics.f1Weighted,
      precisionMacro: metrics.precisionMacro,
      recallMacro: metrics.recallMacro,
      ...(metrics.ece === null ? {} : { ece: metrics.ece }),
    };
  };
  if (labels.length <= mostCurves) validate.labelF1 = () => labelF1;
  return validate;
}
