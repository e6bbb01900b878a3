// What decides about buffers and submissions, without a GPU.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWritten, resolveAliasing } from './webgpu-aliasing';
import { shareSlots } from './webgpu-sharing';
import { cutPortions, learnCosts } from './webgpu-submit';

const shader = `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;`;

describe('two views of one buffer in a dispatch', () => {
  const slab = {};
  const other = {};
  it('reads the access of each binding', () => {
    expect([0, 1, 2].map((binding) => isWritten(shader, binding))).toEqual([false, false, true]);
    expect(() => isWritten(shader, 3)).toThrow(RangeError);
  });
  it('leaves separate buffers and shared reads alone', () => {
    const ranges = [
      { buffer: slab, offset: 0, size: 64 },
      { buffer: slab, offset: 0, size: 64 },
      { buffer: other, offset: 0, size: 64 },
    ];
    expect(resolveAliasing(shader, ranges)).toEqual({ wgsl: shader, copies: [] });
  });
  it('binds a reader as writable where the parts do not touch', () => {
    const ranges = [
      { buffer: slab, offset: 64, size: 64 },
      { buffer: other, offset: 0, size: 64 },
      { buffer: slab, offset: 0, size: 64 },
    ];
    const { wgsl, copies } = resolveAliasing(shader, ranges);
    expect(copies).toEqual([]);
    expect([0, 1, 2].map((binding) => isWritten(wgsl, binding))).toEqual([true, false, true]);
  });
  it('copies a reader where they touch', () => {
    const ranges = [
      { buffer: other, offset: 0, size: 64 },
      { buffer: slab, offset: 32, size: 64 },
      { buffer: slab, offset: 0, size: 64 },
    ];
    expect(resolveAliasing(shader, ranges)).toEqual({ wgsl: shader, copies: [1] });
  });
});

describe('temporaries in shared buffers', () => {
  it('never share while both live, and always fit', () => {
    const span = fc.record({ words: fc.nat(100), first: fc.nat(30), length: fc.nat(10) });
    fc.assert(
      fc.property(fc.array(span, { maxLength: 40 }), (drawn) => {
        const spans = drawn.map(({ words, first, length }) => ({ words, first, last: first + length }));
        const { slots, slotOf } = shareSlots(spans);
        spans.forEach((a, i) => {
          expect(slots[slotOf[i]!]!).toBeGreaterThanOrEqual(a.words);
          spans.slice(i + 1).forEach((b, j) => {
            if (a.first <= b.last && b.first <= a.last) expect(slotOf[i]).not.toBe(slotOf[i + 1 + j]);
          });
        });
      }),
    );
  });
  it('need two buffers for a chain', () => {
    const spans = Array.from({ length: 9 }, (_, i) => ({ words: 8, first: i, last: i + 1 }));
    expect(shareSlots(spans).slots).toEqual([8, 8]);
  });
});

describe('portions of work', () => {
  it('keep order and budget, and let one long call be alone', () => {
    expect(cutPortions([10, 20, 30, 200, 5, 5], 50)).toEqual([
      [0, 2],
      [2, 3],
      [3, 4],
      [4, 6],
    ]);
    expect(cutPortions([], 50)).toEqual([]);
  });
  it('learn at once that work takes longer, and slowly that it takes less', () => {
    const costs = Float64Array.of(10, 10);
    learnCosts(costs, [0, 2], 40);
    expect([...costs]).toEqual([20, 20]);
    learnCosts(costs, [0, 2], 20);
    expect(costs[0]).toBeCloseTo(18);
  });
});
