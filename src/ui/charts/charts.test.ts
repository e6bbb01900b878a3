import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimate, nearestIndex, smooth } from './curve';
import { confusionOrder } from './seriation';
import { chartTableToCsv } from './table';
import { axisNumber, exactNumber, niceTicks } from './ticks';

describe('niceTicks', () => {
  it('gives round values inside the range', () => {
    expect(niceTicks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(niceTicks(0, 900, 5)).toEqual([0, 200, 400, 600, 800]);
    expect(niceTicks(3, 3)).toEqual([3]);
    expect(niceTicks(NaN, 1)).toEqual([]);
  });
  it('never leaves the range and never floods the axis', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, span) => {
          const ticks = niceTicks(low, low + span, 5);
          expect(ticks.length).toBeLessThan(13);
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low - span * 1e-6 - 1e-6);
            expect(tick).toBeLessThanOrEqual(low + span * (1 + 1e-6) + 1e-6);
          }
        },
      ),
    );
  });
  it('writes axis and exact values', () => {
    expect(axisNumber(0.0003)).toBe('3e-4');
    expect(axisNumber(1200)).toBe('1,200');
    expect(exactNumber(0.87654)).toBe('0.8765');
    expect(exactNumber(null)).toBe('–');
    expect(exactNumber(0.00123)).toBe('0.00123');
    expect(exactNumber(0.000123)).toBe('1.23e-4');
  });
});

describe('curves', () => {
  const arrays = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 3000 });
  it('smoothing stays inside what was measured; weight 0 is the data', () => {
    fc.assert(
      fc.property(arrays, fc.double({ min: 0, max: 0.99, noNaN: true }), (values, weight) => {
        const y = Float64Array.from(values);
        const result = smooth(y, weight);
        const low = Math.min(...values) - 1e-9;
        const high = Math.max(...values) + 1e-9;
        for (const value of result) expect(value >= low && value <= high).toBe(true);
      }),
    );
    const y = Float64Array.of(1, NaN, 3);
    expect(smooth(y, 0)).toBe(y);
    expect(Number.isNaN(smooth(y, 0.5)[1])).toBe(true);
  });
  it('decimation keeps the ends, the highest and the lowest point', () => {
    fc.assert(
      fc.property(arrays, (values) => {
        const points = { x: Float64Array.from(values, (_, i) => i), y: Float64Array.from(values) };
        const small = decimate(points, 50);
        expect(small.x.length).toBeLessThanOrEqual(Math.max(204, 0));
        expect(small.x[0]).toBe(0);
        expect(small.x.at(-1)).toBe(values.length - 1);
        expect(Math.max(...small.y)).toBe(Math.max(...values));
        expect(Math.min(...small.y)).toBe(Math.min(...values));
      }),
    );
  });
  it('cuts to the window with a neighbour at each side', () => {
    const x = Float64Array.from({ length: 10 }, (_, i) => i);
    expect([...decimate({ x, y: x }, 50, 3.5, 5.5).x]).toEqual([3, 4, 5, 6]);
  });
  it('finds the nearest point', () => {
    expect(nearestIndex([0, 10, 20], 14)).toBe(1);
    expect(nearestIndex([0, 10, 20], 16)).toBe(2);
    expect(nearestIndex([0, 10, 20], 99)).toBe(2);
    expect(nearestIndex([], 1)).toBe(-1);
  });
});

describe('confusionOrder', () => {
  it('is a permutation and brings confused classes together', () => {
    const n = 8;
    const counts = Array.from({ length: n }, (_, a) => Array.from({ length: n }, (_, b): number => (a === b ? 20 : 0)));
    counts[0]![5] = 9;
    counts[5]![0] = 7;
    counts[2]![7] = 4;
    const order = confusionOrder(counts);
    expect([...order].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(Math.abs(order.indexOf(0) - order.indexOf(5))).toBe(1);
    expect(Math.abs(order.indexOf(2) - order.indexOf(7))).toBe(1);
  });
  it('manages 150 classes at once', () => {
    const counts = Array.from({ length: 150 }, (_, a) => Array.from({ length: 150 }, (_, b) => (a * 31 + b * 17) % 7));
    const start = performance.now();
    expect(confusionOrder(counts)).toHaveLength(150);
    expect(performance.now() - start).toBeLessThan(1500);
  });
});

describe('chartTableToCsv', () => {
  it('quotes, and keeps formulas from running while numbers stay numbers', () => {
    expect(
      chartTableToCsv({
        columns: ['a', 'b,c'],
        rows: [
          ['=1+1', -2],
          ['say "x"', null],
        ],
      }),
    ).toBe(`a,"b,c"\n'=1+1,-2\n"say ""x""",\n`);
  });
});
