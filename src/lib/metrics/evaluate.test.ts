import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from '../rng';
import { expectNear } from '../testing/near';
import { evaluateRows, misclassifiedKept, type EvaluationInput } from './evaluate';

function draw(seed: number, rows: number, labels: number, multiLabel: boolean): EvaluationInput {
  const rng = new Rng(seed);
  const values = Float64Array.from({ length: rows * labels }, () => rng.uniform());
  if (!multiLabel)
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let label = 0; label < labels; label++) sum += values[row * labels + label]!;
      for (let label = 0; label < labels; label++) values[row * labels + label]! /= sum;
    }
  return {
    labels: Array.from({ length: labels }, (_, label) => `label ${label}`),
    multiLabel,
    rowIds: Array.from({ length: rows }, (_, row) => `d.${row}`),
    texts: Array.from({ length: rows }, (_, row) => `text ${row}`),
    actual: Array.from({ length: rows }, () =>
      multiLabel
        ? Array.from({ length: labels }, (_, label) => label).filter(() => rng.uniform() < 0.3)
        : [rng.integer(labels)],
    ),
    scores: { rows, labels, values },
  };
}

function everyNumber(value: unknown, check: (number: number) => void): void {
  if (typeof value === 'number') check(value);
  else if (value !== null && typeof value === 'object')
    for (const part of Object.values(value)) everyNumber(part, check);
}

describe('evaluateRows', () => {
  test('no rows: zeros and nulls, never NaN', () => {
    for (const multiLabel of [false, true]) {
      const { metrics } = evaluateRows(draw(1, 0, 3, multiLabel));
      expect(metrics.loss).toBeNull();
      expect(metrics.ece).toBeNull();
      expect(metrics.accuracy).toBe(0);
      everyNumber(metrics, (value) => expect(Number.isFinite(value)).toBe(true));
    }
  });
  test('a row whose label the model does not know counts as wrong', () => {
    const input = draw(2, 4, 2, false);
    const { metrics } = evaluateRows({ ...input, actual: [[], [], [], []] });
    expect(metrics.accuracy).toBe(0);
    expect(metrics.loss).toBeNull();
    expect(metrics.misclassified).toHaveLength(4);
  });
  test('labels named like properties are labels', () => {
    const input = { ...draw(3, 30, 3, false), labels: ['__proto__', 'constructor', 'toString'] };
    const { metrics } = evaluateRows(input);
    expect(Object.keys(metrics.perClass)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(metrics.confusion)).toBe(Object.prototype);
    const copy = structuredClone(metrics);
    expect(Object.keys(copy.perClass)).toEqual(Object.keys(metrics.perClass));
  });
  test('wrong rows: surest first, five scores each, capped', () => {
    const { metrics } = evaluateRows(draw(4, 2000, 30, false));
    expect(metrics.misclassified).toHaveLength(misclassifiedKept);
    const sure = metrics.misclassified.map((row) => row.confidence);
    expect(sure).toEqual([...sure].sort((a, b) => b - a));
    for (const row of metrics.misclassified) {
      expect(row.scores).toHaveLength(5);
      expect(row.scores[0]!.label).toBe(row.predicted[0]);
    }
  });
  test('10,000 rows of 150 labels stay quick', () => {
    for (const multiLabel of [false, true]) {
      const input = draw(5, 10_000, 150, multiLabel);
      const began = performance.now();
      evaluateRows(input);
      expect(performance.now() - began).toBeLessThan(10_000);
    }
  });
  test('property: figures within bounds, the same for any order of rows', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 2, max: 6 }),
        fc.boolean(),
        (seed, rows, labels, multi) => {
          const input = draw(seed, rows, labels, multi);
          const { metrics, predicted, confidence } = evaluateRows(input);
          const {
            loss,
            rows: counted,
            misclassified: _wrong,
            reliability: _bins,
            perClass: _each,
            confusion: _cells,
            ...shares
          } = metrics;
          expect(counted).toBe(rows);
          expect(loss).toBeGreaterThanOrEqual(0);
          everyNumber(shares, (value) => {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1 + 1e-12);
          });
          const order = new Rng(seed, 9).shuffle(Array.from({ length: rows }, (_, row) => row));
          const moved = evaluateRows({
            ...input,
            rowIds: order.map((row) => input.rowIds[row]!),
            texts: order.map((row) => input.texts[row]!),
            actual: order.map((row) => input.actual[row]!),
            scores: {
              rows,
              labels,
              values: Float64Array.from(
                order.flatMap((row) => [...input.scores.values.slice(row * labels, (row + 1) * labels)]),
              ),
            },
          });
          expect(moved.predicted).toEqual(order.map((row) => predicted[row]));
          expect(moved.confidence).toEqual(order.map((row) => confidence[row]));
          const { misclassified: wrong, ...rest } = metrics;
          expectNear(moved.metrics, rest, 1e-10);
          expect(new Set(moved.metrics.misclassified.map((row) => row.rowId))).toEqual(
            new Set(wrong.map((row) => row.rowId)),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
