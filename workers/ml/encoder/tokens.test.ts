// Batches: what is padded, in which order, and that nothing is lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesByLength, bucketOf, flatTokens, lengthOf, padBatch, textCount } from './tokens';

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

  it('are padded on the right and below', () => {
    const tokens = flatTokens([[5, 6], [7, 8, 9], [4]], { types: [[0, 1], [0, 0, 1], [0]] });
    const batch = padBatch(tokens, [1, 0], { padId: 1, most: 512, rowsOfBatch: 3 });
    expect({ rows: batch.rows, length: batch.length, lengths: [...batch.lengths] }).toEqual({
      rows: 3,
      length: 8,
      lengths: [3, 2, 0],
    });
    expect([...batch.ids]).toEqual([7, 8, 9, 1, 1, 1, 1, 1, 5, 6, 1, 1, 1, 1, 1, 1, ...Array<number>(8).fill(1)]);
    expect([...batch.types.subarray(0, 16)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(() => padBatch(tokens, [3], { padId: 1, most: 512 })).toThrow(/no text 3/);
    expect(() => padBatch(tokens, [1], { padId: 1, most: 2 })).toThrow(/3 tokens; this model takes 2/);
    expect(() => padBatch(tokens, [1, 0], { padId: 1, most: 9, rowsOfBatch: 1 })).toThrow(/do not fit/);
  });

  it('have few lengths, none shorter than the text or longer than the model', () => {
    const seen = new Set<number>();
    for (let length = 1; length <= 512; length++) {
      const bucket = bucketOf(length, 512);
      expect(bucket).toBeGreaterThanOrEqual(length);
      seen.add(bucket);
    }
    expect(seen.size).toBeLessThanOrEqual(20);
    expect(bucketOf(60, 62)).toBe(62);
    expect(bucketOf(1000)).toBe(1024);
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
