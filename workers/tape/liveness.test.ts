import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutArena, livesOf, type Life } from './liveness';
import type { Plan, PlanArray } from './plan';

const lives = fc
  .array(fc.record({ words: fc.integer({ min: 1, max: 5000 }), first: fc.nat(30), length: fc.nat(10) }))
  .map((list) => list.map(({ words, first, length }, id): Life => ({ id, words, first, last: first + length })));

describe('liveness', () => {
  it('never lets two arrays that live at the same time overlap, and stays below the sum', () => {
    fc.assert(
      fc.property(lives, (list) => {
        const { offsets, words } = layOutArena(list);
        for (const a of list) {
          const start = offsets.get(a.id)!;
          expect(start % 16).toBe(0);
          expect(start + a.words).toBeLessThanOrEqual(words);
          for (const b of list) {
            if (b.id <= a.id || a.last < b.first || b.last < a.first) continue;
            const other = offsets.get(b.id)!;
            expect(start + a.words <= other || other + b.words <= start).toBe(true);
          }
        }
        expect(words).toBeLessThanOrEqual(list.reduce((sum, life) => sum + life.words + 15, 0));
      }),
    );
  });

  it('counts aliases, updates in place and outputs as uses, and only temporaries as lives', () => {
    const array = (id: number, kind: PlanArray['kind'], more: Partial<PlanArray> = {}): PlanArray => ({
      id,
      kind,
      shape: [4],
      dtype: 'float32',
      ...more,
    });
    const call = (inputs: number[], outputs: number[]) => ({ kernel: 'Copy', attrs: {}, scope: '', inputs, outputs });
    const plan: Plan = {
      arrays: [
        array(0, 'input', { name: 'x' }),
        array(1, 'temporary'),
        array(2, 'temporary', { shape: [2, 2], alias: 1 }),
        array(3, 'temporary'),
        array(4, 'persistent', { name: 'gradients', offset: 0 }),
      ],
      calls: [call([0], [1]), call([0], [3]), call([2], [4]), call([3, 0], [])],
      outputs: { y: 3 },
      slabs: [{ name: 'gradients', words: 4, dtype: 'float32' }],
    };
    expect(livesOf(plan)).toEqual([
      { id: 1, words: 4, first: 0, last: 2 },
      { id: 3, words: 4, first: 1, last: 4 },
    ]);
  });
});
