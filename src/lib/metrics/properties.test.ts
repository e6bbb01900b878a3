// What must hold for any answers: bounds, symmetry, and no dependence on the order of rows.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from '../rng';
import { expectedCalibrationError, maximumCalibrationError, reliabilityBins } from './calibration';
import { accuracyOf, balancedAccuracy, cohenKappa, confusionMatrix, matthewsCorrelation } from './confusion';
import { coverageError, labelRankingAveragePrecision, labelRankingLoss } from './label-ranking';
import { areaUnderRoc, averagePrecision, topKAccuracy } from './ranking';
import { tuneThresholds } from './thresholds';
import { countLabels, fScore, microAverage } from './counts';

/** Scores on a coarse grid, so that ties are common. */
const binary = fc.array(
  fc.record({ score: fc.integer({ min: 0, max: 8 }).map((n) => n / 8), positive: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 60,
  },
);
const pairs = fc.array(fc.record({ actual: fc.nat(4), predicted: fc.nat(4) }), { minLength: 1, maxLength: 80 });

function inBounds(value: number | null, low = 0, high = 1): void {
  if (value === null) return;
  expect(value).toBeGreaterThanOrEqual(low - 1e-12);
  expect(value).toBeLessThanOrEqual(high + 1e-12);
}

describe('properties', () => {
  test('AUROC and average precision: bounds, mirror, order of rows', () => {
    fc.assert(
      fc.property(binary, fc.nat(), (rows, seed) => {
        const scores = rows.map((row) => row.score);
        const positive = rows.map((row) => row.positive);
        const area = areaUnderRoc(scores, positive);
        inBounds(area);
        const mirrored = areaUnderRoc(
          scores.map((score) => -score),
          positive,
        );
        if (area !== null) expect(mirrored).toBeCloseTo(1 - area, 12);
        const precision = averagePrecision(scores, positive);
        inBounds(precision);
        const share = positive.filter(Boolean).length / rows.length;
        if (precision !== null) expect(precision).toBeGreaterThanOrEqual(share / rows.length);
        const moved = new Rng(seed).shuffle([...rows]);
        const again = [moved.map((row) => row.score), moved.map((row) => row.positive)] as const;
        expect(areaUnderRoc(...again)).toBe(area);
        expect(averagePrecision(...again)).toBe(precision);
      }),
    );
  });
  test('confusion: bounds, symmetry of kappa and MCC, accuracy is micro-F1', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const actual = rows.map((row) => row.actual);
        const predicted = rows.map((row) => row.predicted);
        const matrix = confusionMatrix(actual, predicted, 5);
        const turned = confusionMatrix(predicted, actual, 5);
        inBounds(balancedAccuracy(matrix));
        inBounds(matthewsCorrelation(matrix), -1);
        inBounds(cohenKappa(matrix), -1);
        expect(matthewsCorrelation(turned)).toBeCloseTo(matthewsCorrelation(matrix), 12);
        for (const weights of ['none', 'linear', 'quadratic'] as const) {
          const kappa = cohenKappa(matrix, weights);
          if (kappa === null) expect(cohenKappa(turned, weights)).toBeNull();
          else expect(cohenKappa(turned, weights)).toBeCloseTo(kappa, 12);
        }
        const counts = countLabels(
          actual.map((label) => [label]),
          predicted.map((label) => [label]),
          5,
        );
        expect(microAverage(counts).f1).toBeCloseTo(accuracyOf(matrix) ?? -1, 12);
      }),
    );
  });
  test('top-k grows with k and is 1 at all classes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(), (rows, seed) => {
        const rng = new Rng(seed);
        const values = Array.from({ length: rows * 4 }, () => rng.integer(4) / 4);
        const actual = Array.from({ length: rows }, () => rng.integer(4));
        const shares = [1, 2, 3, 4].map((k) => topKAccuracy(values, 4, actual, k) ?? -1);
        expect(shares).toEqual([...shares].sort((a, b) => a - b));
        expect(shares[3]).toBe(1);
      }),
    );
  });
  test('calibration: rows are kept, the mean gap is at most the largest', () => {
    fc.assert(
      fc.property(binary, (rows) => {
        const bins = reliabilityBins(
          rows.map((row) => row.score),
          rows.map((row) => row.positive),
        );
        expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(rows.length);
        const mean = expectedCalibrationError(bins) ?? -1;
        inBounds(mean, 0, maximumCalibrationError(bins) ?? -1);
      }),
    );
  });
  test('label ranking: bounds; a perfect order scores perfectly', () => {
    fc.assert(
      fc.property(fc.array(fc.subarray([0, 1, 2, 3]), { minLength: 1, maxLength: 20 }), fc.nat(), (actual, seed) => {
        const rng = new Rng(seed);
        const values = actual.flatMap(() => Array.from({ length: 4 }, () => rng.integer(5) / 5));
        inBounds(labelRankingAveragePrecision(values, 4, actual));
        inBounds(labelRankingLoss(values, 4, actual));
        inBounds(coverageError(values, 4, actual), 0, 4);
        const perfect = actual.flatMap((own) => [0, 1, 2, 3].map((label) => (own.includes(label) ? 1 : 0)));
        expect(labelRankingAveragePrecision(perfect, 4, actual)).toBe(1);
        expect(labelRankingLoss(perfect, 4, actual)).toBe(0);
      }),
    );
  });
  test('a tuned threshold is never worse than the usual one', () => {
    fc.assert(
      fc.property(binary, (rows) => {
        const values = rows.map((row) => row.score);
        const actual = rows.map((row) => (row.positive ? [0] : []));
        const [tuned] = tuneThresholds(values, 1, actual);
        const predicted = values.filter((value) => value >= 0.5).length;
        const both = rows.filter((row) => row.positive && row.score >= 0.5).length;
        const usual = fScore(both, predicted, actual.filter((own) => own.length > 0).length);
        expect(tuned!.f1).toBeGreaterThanOrEqual(usual - 1e-12);
      }),
    );
  });
});
