// Has what comes in changed since then? Population stability, Kolmogorov and Smirnov, chi-squared.
import type { TestResult } from './mcnemar';
import { quantileOfSorted } from './quantiles';
import { chiSquaredTail } from './special';

/** Shares are kept off zero, so that one empty bin does not make the index infinite. */
const leastShare = 1e-4;

export interface StabilityIndex {
  psi: number;
  edges: number[];
  referenceShares: number[];
  currentShares: number[];
}

function psiOf(reference: readonly number[], current: readonly number[]): number {
  return reference.reduce((sum, share, bin) => sum + (current[bin]! - share) * Math.log(current[bin]! / share), 0);
}

/**
 * Population stability index over the deciles of the reference; a value on an edge belongs to the bin above.
 * Below 0.1 is calm, above 0.25 a shift.
 */
export function populationStability(
  reference: readonly number[],
  current: readonly number[],
  bins = 10,
): StabilityIndex {
  const sorted = Float64Array.from(reference).sort();
  const edges = [
    ...new Set(Array.from({ length: bins - 1 }, (_, index) => quantileOfSorted(sorted, (index + 1) / bins))),
  ];
  const shares = (values: readonly number[]): number[] => {
    const counts = new Array<number>(edges.length + 1).fill(0);
    for (const value of values) {
      let bin = 0;
      while (bin < edges.length && value >= edges[bin]!) bin++;
      counts[bin]!++;
    }
    return counts.map((count) => Math.max(leastShare, count / values.length));
  };
  const referenceShares = shares(reference);
  const currentShares = shares(current);
  return { psi: psiOf(referenceShares, currentShares), edges, referenceShares, currentShares };
}

/** Population stability index over categories, by counts. */
export function categoryStability(reference: readonly number[], current: readonly number[]): number {
  const shares = (counts: readonly number[]): number[] => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => Math.max(leastShare, count / total));
  };
  return psiOf(shares(reference), shares(current));
}

/** Chi-squared test that rows of a table of counts have the same shares, without correction. */
export function chiSquaredTest(table: readonly (readonly number[])[]): TestResult & { degrees: number } {
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = (table[0] ?? []).map((_, column) => table.reduce((sum, row) => sum + row[column]!, 0));
  const total = rows.reduce((sum, count) => sum + count, 0);
  let statistic = 0;
  table.forEach((row, r) =>
    row.forEach((count, c) => {
      const expected = (rows[r]! * columns[c]!) / total;
      if (expected > 0) statistic += (count - expected) ** 2 / expected;
    }),
  );
  const degrees = (rows.length - 1) * (columns.length - 1);
  return { statistic, degrees, p: chiSquaredTail(statistic, degrees) };
}

/** The largest gap between two samples' distribution functions. */
export function kolmogorovSmirnov(x: readonly number[], y: readonly number[]): number {
  const a = Float64Array.from(x).sort();
  const b = Float64Array.from(y).sort();
  let i = 0;
  let j = 0;
  let gap = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    gap = Math.max(gap, Math.abs(i / a.length - j / b.length));
  }
  return gap;
}

/**
 * Exact two-sided p of the two-sample test: the share of lattice paths from (0, 0) to (n, m) that stray at least
 * as far as `gap`.
 */
export function kolmogorovSmirnovExact(gap: number, n: number, m: number): number {
  // chance[j]: that a random path stays inside and is at (i, j). Steps are weighted by what is left to place.
  let chance = new Float64Array(m + 1);
  const inside = (i: number, j: number): boolean => Math.abs(i / n - j / m) < gap - 1e-9;
  for (let i = 0; i <= n; i++) {
    const next = new Float64Array(m + 1);
    for (let j = 0; j <= m; j++) {
      if (i === 0 && j === 0) {
        next[0] = 1;
        continue;
      }
      if (!inside(i, j)) continue;
      const left = n + m - i - j + 1;
      const down = i > 0 ? (chance[j]! * (n - i + 1)) / left : 0;
      const across = j > 0 ? (next[j - 1]! * (m - j + 1)) / left : 0;
      next[j] = down + across;
    }
    chance = next;
  }
  return Math.max(0, Math.min(1, 1 - chance[m]!));
}
