// How many rows each class gives to each part, and how large the parts are: scikit-learn's rules
// (train_test_split, StratifiedShuffleSplit). Which rows those are is decided in splits.ts.
import type { Rng } from './rng';

/** Products of decimal fractions land a hair above the whole number they mean (0.1 + 0.2 of 10 rows). */
const slack = 1e-9;

/** Rows of a two-way split: `test` = ceil(share of test), the rest is train. */
export function splitSizes(rows: number, testShare: number): { train: number; test: number } {
  const test = Math.min(rows, Math.max(0, Math.ceil(rows * testShare - slack)));
  return { train: rows - test, test };
}

/** Rows of a three-way split: what is not train is cut off first, then divided into validation and test. */
export function threeWaySizes(
  rows: number,
  fractions: { train: number; validation: number; test: number },
): { train: number; validation: number; test: number } {
  const total = fractions.train + fractions.validation + fractions.test;
  const outside = fractions.validation + fractions.test;
  if (!(total > 0) || outside === 0) return { train: rows, validation: 0, test: 0 };
  const first = splitSizes(rows, outside / total);
  const second = splitSizes(first.test, fractions.test / outside);
  return { train: first.train, validation: second.train, test: second.test };
}

/**
 * Shares `draws` among classes in proportion to `counts`, whole rows only: the mode of the multivariate
 * hypergeometric distribution by largest remainder, ties drawn with `rng`. No class gives more than it has.
 */
export function allocate(counts: readonly number[], draws: number, rng: Rng): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return counts.map(() => 0);
  const ideal = counts.map((count) => (count / total) * draws);
  const given = ideal.map((share) => Math.floor(share + slack));
  let missing = draws - given.reduce((sum, count) => sum + count, 0);
  const order = rng.shuffle(counts.map((_, index) => index));
  const remainder = ideal.map((share, index) => Math.round((share - given[index]!) * 1e9));
  order.sort((a, b) => remainder[b]! - remainder[a]!);
  for (const index of order) {
    if (missing <= 0) break;
    if (given[index]! >= counts[index]!) continue;
    given[index]!++;
    missing--;
  }
  return given;
}
