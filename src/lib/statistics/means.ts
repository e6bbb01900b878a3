// t tests: two samples of unequal spread (Welch), and folds that share training rows (Nadeau and Bengio).
import { studentTwoSided } from './special';

export interface TTest {
  t: number;
  degrees: number;
  p: number;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Unbiased variance, divisor n − 1. */
export function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

/** Welch's test, two-sided; null where a sample has fewer than two values or neither varies. */
export function welchTest(x: readonly number[], y: readonly number[]): TTest | null {
  if (x.length < 2 || y.length < 2) return null;
  const a = variance(x) / x.length;
  const b = variance(y) / y.length;
  if (a + b === 0) return null;
  const t = (mean(x) - mean(y)) / Math.sqrt(a + b);
  const degrees = (a + b) ** 2 / (a ** 2 / (x.length - 1) + b ** 2 / (y.length - 1));
  return { t, degrees, p: studentTwoSided(t, degrees) };
}

/** Student's test that the mean of `values` is zero, two-sided; null where it is undefined. */
export function oneSampleTest(values: readonly number[]): TTest | null {
  return correctedResampledTest(values, 1, 0);
}

/**
 * Differences of two models over resampled folds: the variance is widened by nTest/nTrain, since the folds share
 * training rows (Nadeau and Bengio 2003). Null with fewer than two folds or without any spread.
 */
export function correctedResampledTest(differences: readonly number[], nTrain: number, nTest: number): TTest | null {
  const k = differences.length;
  if (k < 2) return null;
  const spread = variance(differences) * (1 / k + nTest / nTrain);
  if (spread === 0) return null;
  const t = mean(differences) / Math.sqrt(spread);
  return { t, degrees: k - 1, p: studentTwoSided(t, k - 1) };
}
