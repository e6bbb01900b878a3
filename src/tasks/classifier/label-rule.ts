// Rows with several labels: from a network's probabilities to scores with all that decides which labels hold. The rule is
// made once at the end of a training, lies in the model, and is the same wherever it answers.
import { worthwhileThresholds } from '../../lib/metrics/thresholds';
import { makeConsistent } from '../../lib/taxonomy';
import type { Scores, TaskData, TaskRows } from '../task';

export interface LabelRule {
  /** One a label; absent: a half. */
  thresholds?: number[];
  /** The best label is given where none reaches its threshold. */
  atLeastOne?: boolean;
  /** Labels that form a tree: the parent of each, -1 at the top. */
  parents?: number[];
}

/** What holds before thresholds are tuned. `choice` auto: at least one where every training row has one. */
export function ruleBeforeTuning(data: TaskData, choice: 'auto' | 'true' | 'false'): LabelRule {
  if (!data.multiLabel) return {};
  const { targets } = data.splits.train;
  const always = targets.length > 0 && targets.every((own) => own.length > 0);
  return {
    atLeastOne: choice === 'auto' ? always : choice === 'true',
    ...(data.parents ? { parents: data.parents } : {}),
  };
}

/** Thresholds tuned on validation rows alone; test rows judge, they never choose. `scores` are those of `validation`. */
export function tunedRule(rule: LabelRule, scores: Scores, { targets }: Pick<TaskRows, 'targets'>): LabelRule {
  return { ...rule, thresholds: worthwhileThresholds(scores.values, scores.labels, targets) };
}

/** The rule as a training ends: with thresholds tuned on validation rows, where there are several labels and such rows. */
export async function finalRule(
  rule: LabelRule,
  { multiLabel, splits: { validation } }: Pick<TaskData, 'multiLabel' | 'splits'>,
  score: (texts: string[]) => Promise<Scores>,
): Promise<LabelRule> {
  return multiLabel && validation.texts.length > 0 ? tunedRule(rule, await score(validation.texts), validation) : rule;
}

/** Values [rows, labels] as scores: made consistent with the tree in place. */
export function scoresBy(rule: LabelRule, values: Float32Array, labels: number): Scores {
  const { thresholds, atLeastOne, parents } = rule;
  if (parents) makeConsistent(values, parents);
  return {
    rows: labels === 0 ? 0 : values.length / labels,
    ...{ labels, values },
    ...(thresholds ? { thresholds } : {}),
    ...(atLeastOne ? { atLeastOne } : {}),
    ...(parents ? { parents } : {}),
  };
}
