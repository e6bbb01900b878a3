// Tests on ranks: Wilcoxon's signed ranks for pairs, Mann and Whitney's U for two samples. No assumption of
// normality, so fit for folds and seeds.
import type { TestResult } from './mcnemar';
import { normalTail } from './special';

/** Ranks from 1, ties share their mean. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let at = start; at < end; at++) ranks[order[at]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Sum of t³ − t over groups of equal values. */
function tieTerm(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum + count ** 3 - count, 0);
}

/**
 * Wilcoxon's signed-rank test of pairs, two-sided; pairs without a difference are dropped, the statistic is the
 * smaller rank sum. `approx`: normal with tie correction, `approxCorrected`: and with 0.5 for continuity,
 * `exact`: by counting, for differences without ties. Null where no pair differs.
 */
export function wilcoxonSignedRank(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  method: 'approx' | 'approxCorrected' | 'exact' = 'approx',
): TestResult | null {
  const differences = Array.from({ length: x.length }, (_, index) => x[index]! - y[index]!).filter((d) => d !== 0);
  const n = differences.length;
  if (n === 0) return null;
  const sizes = differences.map(Math.abs);
  const ranks = averageRanks(sizes);
  let positive = 0;
  differences.forEach((difference, index) => {
    if (difference > 0) positive += ranks[index]!;
  });
  const statistic = Math.min(positive, (n * (n + 1)) / 2 - positive);
  if (method === 'exact') return { statistic, p: Math.min(1, 2 * exactSignedTail(statistic, n)) };
  const mean = (n * (n + 1)) / 4;
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tieTerm(sizes) / 48;
  const shift = method === 'approxCorrected' ? 0.5 * Math.sign(statistic - mean) : 0;
  const z = (statistic - mean - shift) / Math.sqrt(variance);
  return { statistic, p: Math.min(1, 2 * normalTail(Math.abs(z))) };
}

/** P(W ≤ w) when each rank 1…n is positive with chance one half. */
function exactSignedTail(w: number, n: number): number {
  const most = (n * (n + 1)) / 2;
  let ways = new Float64Array(most + 1);
  ways[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    const next = Float64Array.from(ways, (count) => count / 2);
    for (let sum = rank; sum <= most; sum++) next[sum]! += ways[sum - rank]! / 2;
    ways = next;
  }
  return ways.slice(0, Math.floor(w) + 1).reduce((sum, share) => sum + share, 0);
}

/** U of the first sample and its exact two-sided p (no ties between the samples). */
export function mannWhitneyExact(x: readonly number[], y: readonly number[]): TestResult {
  const ranks = averageRanks([...x, ...y]);
  let rankSum = 0;
  for (let index = 0; index < x.length; index++) rankSum += ranks[index]!;
  const statistic = rankSum - (x.length * (x.length + 1)) / 2;
  const larger = Math.max(statistic, x.length * y.length - statistic);
  return { statistic, p: Math.min(1, 2 * upperU(larger, x.length, y.length)) };
}

/** P(U ≥ u): of all ways to mix the samples, the share with at least u pairs won. */
function upperU(u: number, n: number, m: number): number {
  const most = n * m;
  let rows = Array.from({ length: n + 1 }, () => new Float64Array(most + 1));
  rows[0]![0] = 1;
  for (let i = 1; i <= n; i++) rows[i]![0] = 1;
  // ways(i, j, s) = ways(i−1, j, s−j) + ways(i, j−1, s); with j = 0 only s = 0 is possible.
  for (let j = 1; j <= m; j++) {
    const next = Array.from({ length: n + 1 }, () => new Float64Array(most + 1));
    next[0]![0] = 1;
    for (let i = 1; i <= n; i++)
      for (let s = 0; s <= i * j; s++) next[i]![s] = (s >= j ? next[i - 1]![s - j]! : 0) + rows[i]![s]!;
    rows = next;
  }
  const counts = rows[n]!;
  const total = counts.reduce((sum, count) => sum + count, 0);
  let above = 0;
  for (let s = Math.ceil(u); s <= most; s++) above += counts[s]!;
  return above / total;
}
