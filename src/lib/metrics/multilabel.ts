// Rows with several labels: which labels a row's scores choose, and figures that look at the chosen labels, not at
// their order. Ranking figures are in label-ranking.ts, thresholds in thresholds.ts.
import type { Scores } from '../../tasks/task';
import { closedUpwards } from '../taxonomy';
import { fScore, type Averages, type LabelCounts } from './counts';

type Rows = readonly (readonly number[])[];

/** What a label needs where no threshold was tuned: as likely as not. */
export const naturalThreshold = 0.5;

/**
 * The labels whose score reaches their threshold, with all that stand above them. Where none does and `atLeastOne` holds,
 * the best: the one that comes nearest to its threshold, the first on ties.
 */
export function chooseLabels(
  { labels, values, thresholds, atLeastOne, parents }: Omit<Scores, 'rows'>,
  row: number,
): number[] {
  const base = row * labels;
  const chosen: number[] = [];
  let best = -1;
  let nearest = -Infinity;
  for (let label = 0; label < labels; label++) {
    const above = values[base + label]! - (thresholds?.[label] ?? naturalThreshold);
    if (above >= 0) chosen.push(label);
    if (above > nearest) [best, nearest] = [label, above];
  }
  if (chosen.length === 0 && atLeastOne && best >= 0) chosen.push(best);
  return closedUpwards(chosen, parents);
}

function common(a: readonly number[], b: readonly number[]): number {
  let both = 0;
  for (const label of a) if (b.includes(label)) both++;
  return both;
}

function meanOver(
  actual: Rows,
  predicted: Rows,
  value: (own: readonly number[], got: readonly number[]) => number,
): number | null {
  if (actual.length === 0) return null;
  let sum = 0;
  actual.forEach((own, row) => (sum += value(own, predicted[row]!)));
  return sum / actual.length;
}

/** Share of wrong label decisions, over rows × labels; null without rows. */
export function hammingLoss(actual: Rows, predicted: Rows, labels: number): number | null {
  return meanOver(
    actual,
    predicted,
    (own, got) => (own.length + got.length - 2 * common(own, got)) / Math.max(1, labels),
  );
}

/** Share of rows whose labels are all right and complete; null without rows. */
export function subsetAccuracy(actual: Rows, predicted: Rows): number | null {
  return meanOver(actual, predicted, (own, got) =>
    own.length === got.length && common(own, got) === own.length ? 1 : 0,
  );
}

/** Each row's own precision, recall and F1, averaged over rows; 0/0 counts as `zeroDivision`. Null without rows. */
export function samplesAverage(actual: Rows, predicted: Rows, zeroDivision = 0): Averages | null {
  const part = (value: (both: number, own: number, got: number) => number): number | null =>
    meanOver(actual, predicted, (own, got) => value(common(own, got), own.length, got.length));
  const precision = part((both, _own, got) => (got === 0 ? zeroDivision : both / got));
  const recall = part((both, own) => (own === 0 ? zeroDivision : both / own));
  const f1 = part((both, own, got) => fScore(both, got, own, 1, zeroDivision));
  return precision === null || recall === null || f1 === null ? null : { precision, recall, f1 };
}

/** Mean over rows of |both| / |either|; null without rows. */
export function jaccardSamples(actual: Rows, predicted: Rows, zeroDivision = 0): number | null {
  return meanOver(actual, predicted, (own, got) => {
    const both = common(own, got);
    const either = own.length + got.length - both;
    return either === 0 ? zeroDivision : both / either;
  });
}

/** Per label [[true negatives, false positives], [false negatives, true positives]]. */
export function perLabelConfusion(counts: LabelCounts, rows: number): [[number, number], [number, number]][] {
  return Array.from(counts.support, (support, label) => {
    const truePositive = counts.truePositive[label]!;
    const falsePositive = counts.predicted[label]! - truePositive;
    const falseNegative = support - truePositive;
    return [
      [rows - truePositive - falsePositive - falseNegative, falsePositive],
      [falseNegative, truePositive],
    ];
  });
}
