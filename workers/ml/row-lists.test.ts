// Rows of several micro-batches: every distinct row once, in order, and each micro-batch finds its own again.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { segment, segmentWords } from '../kernels/segments';
import { mergeRows, storeRows } from './row-lists';

it('merges the rows of micro-batches and says where each stands', () => {
  const batches = fc.integer({ min: 1, max: 9 }).chain((entries) =>
    fc.array(fc.array(fc.integer({ min: -1, max: 12 }), { minLength: entries, maxLength: entries }), {
      minLength: 1,
      maxLength: 5,
    }),
  );
  fc.assert(
    fc.property(batches, (ids) => {
      const vocabulary = 11;
      const segments = ids.map((one) => {
        const into = new Int32Array(segmentWords(one.length));
        segment(Int32Array.from(one), vocabulary, into);
        return into;
      });
      const known = ids.map((one) =>
        [...new Set(one.filter((id) => id >= 0 && id < vocabulary))].sort((a, b) => a - b),
      );
      const expected = [...new Set(known.flat())].sort((a, b) => a - b);
      const { rows, slots } = mergeRows(segments, storeRows(ids.length, ids[0]!.length, vocabulary));
      expect([...rows].filter((row) => row >= 0)).toEqual(expected);
      expect([...rows.subarray(expected.length)].every((row) => row === -1)).toBe(true);
      slots.forEach((own, k) => {
        expect([...own].filter((slot) => slot >= 0).map((slot) => rows[slot])).toEqual(known[k]);
        expect(own).toHaveLength(ids[0]!.length);
      });
    }),
  );
});
