// Pairs from class labels: right classes, no row with itself, nothing twice before all have come; hard examples and rows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hardPairs, semiHard } from './mining';
import { alikePairs, classOrder, otherPairs } from './pairs';
import { examplesOf, type SourceRow } from './read-rows';

const classes = fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 4, maxLength: 40 });
const listed = (pairs: Int32Array): [number, number][] =>
  Array.from({ length: pairs.length / 2 }, (_, i) => [pairs[2 * i]!, pairs[2 * i + 1]!]);
const unordered = (pairs: [number, number][]): string[] => pairs.map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);

describe('pairs of one class', () => {
  it('hold two rows of it, as many in every epoch', () => {
    fc.assert(
      fc.property(classes, fc.nat(20), (own, epoch) => {
        const order = classOrder(own, 4, 7);
        const pairs = listed(alikePairs(order, epoch));
        expect(pairs.length).toBe(listed(alikePairs(order, 0)).length);
        for (const [a, b] of pairs) {
          expect(a).not.toBe(b);
          expect(own[a]).toBe(own[b]);
          expect(own[a]).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('do not come again before the others have come', () => {
    for (const size of [3, 5, 8, 13]) {
      const order = classOrder(new Int32Array(size), 1, 3);
      const epochs = Math.floor((size - 1) / 2);
      const seen = Array.from({ length: epochs }, (_, e) => unordered(listed(alikePairs(order, e)))).flat();
      expect(new Set(seen).size).toBe(seen.length);
      expect(unordered(listed(alikePairs(order, epochs))).sort()).toEqual(
        unordered(listed(alikePairs(order, 0))).sort(),
      );
    }
  });
});

describe('pairs of two classes', () => {
  it('cross classes, none twice in an epoch', () => {
    fc.assert(
      fc.property(classes, fc.nat(20), (own, epoch) => {
        const order = classOrder(own, 4, 7);
        const pairs = listed(otherPairs(order, epoch));
        for (const [a, b] of pairs) expect(own[a]).not.toBe(own[b]);
        expect(new Set(unordered(pairs)).size).toBe(pairs.length);
        expect(pairs.length).toBe(listed(otherPairs(order, 0)).length);
      }),
    );
  });

  it('are others in the next epoch', () => {
    const order = classOrder(
      Array.from({ length: 30 }, (_, i) => i % 5),
      5,
      1,
    );
    const first = new Set(unordered(listed(otherPairs(order, 0))));
    expect(unordered(listed(otherPairs(order, 1))).some((pair) => first.has(pair))).toBe(false);
  });
});

describe('hard examples', () => {
  it('are alike pairs beyond the nearest other, and others within the farthest alike', () => {
    expect([...hardPairs([0.1, 0.4, 0.3, 0.9], [1, 1, 0, 0])]).toEqual([0, 1, 1, 0]);
    expect([...hardPairs([0.1, 0.2, 0.3], [1, 1, 0])]).toEqual([1, 1, 1]);
    expect([...hardPairs([0.1, 0.2], [1, 1])]).toEqual([1, 1]);
  });

  it('are the nearest negative beyond the positive, else the farthest', () => {
    const distances = [0.2, 0.5, 0.35, 0.9];
    const of = (place: number): number => distances[place]!;
    expect(semiHard(0.3, [0, 1, 2, 3], of, 9)).toBe(2);
    expect(semiHard(0.95, [0, 1, 2, 3], of, 9)).toBe(3);
    expect(semiHard(0.3, [], of, 9)).toBe(9);
  });
});

describe('rows', () => {
  const row = (more: Partial<SourceRow>): SourceRow => ({
    ...{ rowId: 'a', split: null, first: 'q', second: [], third: [], score: null, label: null },
    ...more,
  });

  it('with several positives are several examples, each with its negative or the last one', () => {
    const rows = [row({ second: ['x', 'y', 'z'], third: ['n', 'm'] }), row({ rowId: 'b', second: ['w'] })];
    const made = examplesOf(rows, { form: 'triplets', labels: [], scores: null });
    expect(made).toMatchObject({
      rowIds: ['a', 'a', 'a', 'b'],
      first: ['q', 'q', 'q', 'q'],
      second: ['x', 'y', 'z', 'w'],
      third: ['n', 'm', 'm', ''],
    });
  });

  it('with scores are read from 0 to 1', () => {
    const rows = [row({ second: ['x'], score: 2.5 }), row({ second: ['y'], score: 5 })];
    const { values } = examplesOf(rows, { form: 'scored-pairs', labels: [], scores: { low: 0, high: 5 } });
    expect([...values]).toEqual([0.5, 1]);
  });
});
