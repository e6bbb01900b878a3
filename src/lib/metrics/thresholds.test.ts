// Which tuned thresholds are worth having.
import { describe, expect, test } from 'vitest';
import { Rng } from '../rng';
import { thresholdGrid, tuneThresholds, worthwhileThresholds } from './thresholds';

/** One label. `score`: by whether it is true. */
function rows(count: number, every: number, score: (isTrue: boolean) => number) {
  const actual = Array.from({ length: count }, (_, row) => (row % every === 0 ? [0] : []));
  return { actual, values: Float64Array.from(actual, (own) => score(own.length > 0)) };
}

describe('worthwhile thresholds', () => {
  test('a model that tells nothing keeps 0.5, where tuning would choose nearly all', () => {
    const random = new Rng(1);
    const { actual, values } = rows(500, 10, () => 0.1 + 0.05 * random.uniform());
    const tuned = tuneThresholds(values, 1, actual)[0]!.threshold;
    expect(values.filter((value) => value >= tuned).length).toBeGreaterThan(200);
    expect(worthwhileThresholds(values, 1, actual)).toEqual([0.5]);
  });

  test('a model that ranks well below 0.5 gets its own threshold, the middle of those that are as good', () => {
    const { actual, values } = rows(100, 10, (isTrue) => (isTrue ? 0.3 : 0.1));
    const [found] = worthwhileThresholds(values, 1, actual);
    expect(found).toBeCloseTo((thresholdGrid[2]! + thresholdGrid[5]!) / 2, 12);
    expect(tuneThresholds(values, 1, actual)).toEqual([{ threshold: thresholdGrid[2], f1: 1 }]);
  });

  test('0.5 stays where it is as good, and where a label is too rare to tell', () => {
    const sure = rows(100, 10, (isTrue) => (isTrue ? 0.9 : 0.1));
    expect(worthwhileThresholds(sure.values, 1, sure.actual)).toEqual([0.5]);
    const rare = rows(100, 50, (isTrue) => (isTrue ? 0.3 : 0.1));
    expect(worthwhileThresholds(rare.values, 1, rare.actual)).toEqual([0.5]);
  });
});
