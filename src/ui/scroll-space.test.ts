import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampTop, isScaled, physicalTop, spaceOf, topAfterScroll } from './scroll-space';

describe('scroll space', () => {
  it('is one to one while the list fits an element', () => {
    const space = spaceOf(1000, 34, 600);
    expect(isScaled(space)).toBe(false);
    expect(topAfterScroll(space, { top: 0, scrollTop: 0 }, 1234)).toBe(1234);
  });
  it('reaches both ends of a million rows', () => {
    const space = spaceOf(1_000_000, 34, 600);
    expect(topAfterScroll(space, { top: 0, scrollTop: 0 }, space.physical - space.view)).toBe(34_000_000 - 600);
    expect(topAfterScroll(space, { top: 500, scrollTop: 900 }, 0)).toBe(0);
  });
  it('moves small steps one to one and comes back to where it was', () => {
    const space = spaceOf(1_000_000, 34, 600);
    const there = topAfterScroll(space, { top: 1_000_000, scrollTop: 200_000 }, 200_034);
    expect(there).toBe(1_000_034);
    expect(topAfterScroll(space, { top: there, scrollTop: 200_034 }, 200_000)).toBe(1_000_000);
  });
  it('shows any row asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000_000 }), fc.nat(), (rows, seed) => {
        const space = spaceOf(rows, 34, 600);
        const top = clampTop(space, (seed % rows) * 34);
        const physical = physicalTop(space, top);
        expect(physical).toBeGreaterThanOrEqual(0);
        expect(physical).toBeLessThanOrEqual(Math.max(0, space.physical - space.view) + 1e-6);
      }),
    );
  });
});
