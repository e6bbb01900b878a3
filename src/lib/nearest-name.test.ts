import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from './nearest-name';

describe('the nearest name', () => {
  it('is the one with the fewest letters changed, the first of several', () => {
    expect(nearestName('weigt', ['bias', 'weights', 'weight', 'weighty'])).toBe('weight');
    expect(nearestName('abc', ['abx', 'aby'])).toBe('abx');
  });
  it('is none where nothing is near', () => {
    expect(nearestName('encoder.layer.0', ['classifier.bias'])).toBeNull();
    expect(nearestName('a', [])).toBeNull();
  });
  it('lies at a distance (identity, symmetry, triangle)', () => {
    const text = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});
