// McNemar's test: of the rows that only one of two models got right, is the share unlike one half?
import { binomialCdf, chiSquaredTail } from './special';

export interface TestResult {
  statistic: number;
  p: number;
}

/** Exact two-sided binomial test; the statistic is the smaller count. p is 1 where there is no such row. */
export function mcnemarExact(onlyFirst: number, onlySecond: number): TestResult {
  const smaller = Math.min(onlyFirst, onlySecond);
  return { statistic: smaller, p: Math.min(1, 2 * binomialCdf(smaller, onlyFirst + onlySecond, 0.5)) };
}

/** Chi-squared form with Edwards' continuity correction, (|b−c|−1)²/(b+c); null where there is no such row. */
export function mcnemarCorrected(onlyFirst: number, onlySecond: number): TestResult | null {
  const total = onlyFirst + onlySecond;
  if (total === 0) return null;
  const statistic = (Math.abs(onlyFirst - onlySecond) - 1) ** 2 / total;
  return { statistic, p: chiSquaredTail(statistic, 1) };
}

/** Chi-squared form without correction, (b−c)²/(b+c); null where there is no such row. */
export function mcnemarPlain(onlyFirst: number, onlySecond: number): TestResult | null {
  const total = onlyFirst + onlySecond;
  if (total === 0) return null;
  const statistic = (onlyFirst - onlySecond) ** 2 / total;
  return { statistic, p: chiSquaredTail(statistic, 1) };
}

/** p of McNemar's test: exact as long as that is cheap and exact matters, else the corrected form. */
export function mcnemarP(onlyFirst: number, onlySecond: number): number {
  if (onlyFirst + onlySecond <= 10_000) return mcnemarExact(onlyFirst, onlySecond).p;
  return mcnemarCorrected(onlyFirst, onlySecond)?.p ?? 1;
}
