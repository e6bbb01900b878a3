// Batches: what is padded, in which order, and that nothing is lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesByLength, bucketOf, flatTokens, layOutBatch, lengthOf, textCount } from './tokens';

const texts = fc.array(fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 40 }), {
  minLength: 1,
  maxLength: 30,
});

describe('tokens', () => {
  it('keep every text', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const tokens = flatTokens(all);
        expect(textCount(tokens)).toBe(all.length);
        all.forEach((text, i) => {
          expect(lengthOf(tokens, i)).toBe(text.length);
          expect([...tokens.ids.subarray(tokens.offsets[i], tokens.offsets[i + 1])]).toEqual(text);
        });
      }),
    );
  });

  it('lie one after another in a flat batch, and in rows of one length in a padded one', () => {
    const tokens = flatTokens([[5, 6], [7, 8, 9], [4]], { types: [[0, 1], [0, 0, 1], [0]] });
    const none = (count: number): number[] => Array<number>(count).fill(-1);
    const flat = layOutBatch(tokens, [1, 0], { layout: 'flat', most: 512, rowsOfBatch: 3 });
    expect([flat.rows, flat.batch, flat.length]).toEqual([3, 1, 16]);
    expect([...flat.ids]).toEqual([7, 8, 9, 5, 6, ...none(11)]);
    expect([...flat.types.subarray(0, 6)]).toEqual([0, 0, 1, 0, 1, 0]);
    expect([...flat.starts]).toEqual([0, 3, 5]);
    expect([...flat.lengths]).toEqual([3, 2, 0]);
    const padded = layOutBatch(tokens, [1, 0], { layout: 'padded', most: 512, rowsOfBatch: 3 });
    expect([padded.rows, padded.batch, padded.length]).toEqual([3, 3, 8]);
    expect([...padded.ids]).toEqual([7, 8, 9, ...none(5), 5, 6, ...none(14)]);
    expect([...padded.starts]).toEqual([0, 8, 16]);
  });

  it('are refused where they do not fit', () => {
    const tokens = flatTokens([
      [5, 6],
      [7, 8, 9],
    ]);
    expect(() => layOutBatch(tokens, [2], { layout: 'flat', most: 512 })).toThrow(/no text 2/);
    expect(() => layOutBatch(tokens, [1], { layout: 'flat', most: 2 })).toThrow(/3 tokens; this model takes 2/);
    expect(() => layOutBatch(tokens, [1, 0], { layout: 'padded', most: 9, rowsOfBatch: 1 })).toThrow(/do not fit/);
  });

  it('have few sizes, none smaller than what it holds', () => {
    const seen = new Set<number>();
    let wasted = 0;
    for (let size = 1; size <= 4096; size++) {
      const bucket = bucketOf(size);
      wasted = Math.max(wasted, bucket < size ? Infinity : (bucket - size) / Math.max(128, size));
      seen.add(bucket);
    }
    expect(wasted).toBeLessThan(1 / 8);
    expect(seen.size).toBeLessThanOrEqual(80);
  });

  it('are read longest first, each once', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 9 }), (all, size) => {
        const tokens = flatTokens(all);
        const batches = batchesByLength(tokens, size);
        const order = batches.flatMap((batch) => [...batch]);
        expect([...order].sort((a, b) => a - b)).toEqual(all.map((_, i) => i));
        const lengths = order.map((row) => lengthOf(tokens, row));
        expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
      }),
    );
  });
});
