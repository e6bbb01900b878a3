// Shares packed into text come back to a thousandth.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packShares, unpackShares } from './label-curves';

test('any shares come back, two characters each', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (values) => {
      const text = packShares(values);
      expect(text).toHaveLength(2 * values.length);
      unpackShares(text).forEach((value, i) =>
        expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(0.0005 + 1e-12),
      );
    }),
  );
  expect(unpackShares(packShares([0, 1, 0.5]))).toEqual([0, 1, 0.5]);
  expect(unpackShares('Stopped early')).toEqual([]);
});
