// A confusion matrix as numbers: sparse record to dense counts, orders of classes, shares. Drawing is elsewhere.
import { confusionOrder } from './seriation';

export type ConfusionOrder = 'given' | 'confused' | 'errors';

export interface ConfusionCounts {
  labels: string[];
  /** [actual][predicted] */
  counts: number[][];
  /** Rows of each actual class. */
  totals: number[];
}

/** Dense counts over the classes given plus any that only occur in the record. */
export function confusionCounts(
  confusion: Readonly<Record<string, Readonly<Record<string, number>>>>,
  labels: readonly string[],
): ConfusionCounts {
  const all = [
    ...new Set([...labels, ...Object.keys(confusion), ...Object.values(confusion).flatMap((row) => Object.keys(row))]),
  ];
  const index = new Map(all.map((label, i) => [label, i]));
  const counts = all.map(() => new Array<number>(all.length).fill(0));
  for (const [actual, row] of Object.entries(confusion))
    for (const [predicted, count] of Object.entries(row)) counts[index.get(actual)!]![index.get(predicted)!] = count;
  return { labels: all, counts, totals: counts.map((row) => row.reduce((sum, count) => sum + count, 0)) };
}

/** A permutation of the classes: as given, confused ones together, or most mistakes first. */
export function orderOf(matrix: ConfusionCounts, order: ConfusionOrder): number[] {
  if (order === 'confused') return confusionOrder(matrix.counts);
  const given = matrix.labels.map((_, i) => i);
  if (order === 'given') return given;
  const wrong = given.map((i) => matrix.totals[i]! - matrix.counts[i]![i]!);
  return given.sort((a, b) => wrong[b]! - wrong[a]! || a - b);
}

/** Pairs of different classes, most confused first. */
export function confusedPairs(
  { labels, counts, totals }: ConfusionCounts,
  limit = 10,
): { actual: string; predicted: string; count: number; share: number }[] {
  const pairs = counts.flatMap((row, a) =>
    row.flatMap((count, p) =>
      a !== p && count > 0
        ? [{ actual: labels[a]!, predicted: labels[p]!, count, share: count / (totals[a] || 1) }]
        : [],
    ),
  );
  return pairs.sort((a, b) => b.count - a.count || b.share - a.share).slice(0, limit);
}
