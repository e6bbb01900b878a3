// Values that have to stand in a slab: written there at once where nothing else sees the slab in between, else copied.
import { describe, expect, it } from 'vitest';
import { replayOnce } from '../backends/testing/replay';
import { add, multiply } from '../kernels/arithmetic';
import { matMul } from '../kernels/matmul';
import { scale } from '../kernels/scale';
import { transpose } from '../kernels/transpose';
import { topK } from '../kernels/top-k';
import { call } from './call';
import { record } from './record';
import { reshape } from './reshape';

const kernels = (plan: ReturnType<typeof record>): string[] => plan.calls.map(({ kernel }) => kernel);

describe('a value kept in a slab', () => {
  it('is written there by the call that makes it, in whatever shape it is seen', async () => {
    const plan = record((r) => {
      const x = r.input('x', [2, 3]);
      r.copyTo(reshape(scale(x, 2), [6]), r.persistent('kept', 64, [3, 2]));
      r.output('kept', r.persistent('kept', 64, [6]));
    });
    expect(kernels(plan)).toEqual(['Scale']);
    expect((await replayOnce(plan, { x: [1, 2, 3, 4, 5, 6] }))['kept']).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('is copied where its call reads that part of the slab', async () => {
    const plan = record((r) => {
      const w = r.persistent('weights', 0, [2, 2]);
      r.copyTo(transpose(w), w);
      r.output('weights', w);
    });
    expect(kernels(plan)).toEqual(['Transpose', 'Copy']);
    expect((await replayOnce(plan, { weights: [1, 2, 3, 4] }))['weights']).toEqual([1, 3, 2, 4]);
  });

  it('is copied where another call still reads the old value', async () => {
    const plan = record((r) => {
      const state = r.persistent('state', 0, [2]);
      const next = scale(r.input('x', [2]), 10);
      r.output('sum', add(next, state));
      r.copyTo(next, state);
    });
    expect(kernels(plan)).toEqual(['Scale', 'Add', 'Copy']);
    expect((await replayOnce(plan, { x: [1, 2], state: [5, 6] }))['sum']).toEqual([15, 26]);
  });

  it('is copied where it stands in another slab already', async () => {
    const plan = record((r) => {
      const a = r.persistent('a', 0, [3]);
      const b = r.persistent('b', 0, [3]);
      const x = r.input('x', [3]);
      // Both gradients are the same array: the upstream one.
      r.gradients(multiply(add(a, b), x), [a, b], [r.persistent('ga', 0, [3]), r.persistent('gb', 0, [3])]);
      r.output('ga', r.persistent('ga', 0, [3]));
      r.output('gb', r.persistent('gb', 0, [3]));
    });
    expect(kernels(plan)).toContain('Copy');
    expect(await replayOnce(plan, { x: [1, 2, 3] })).toEqual({ ga: [1, 2, 3], gb: [1, 2, 3] });
  });

  it('that comes from the host is copied', () => {
    const plan = record((r) => r.copyTo(r.input('x', [3]), r.persistent('kept', 0, [3])));
    expect(kernels(plan)).toEqual(['Copy']);
  });
});

describe('mistakes', () => {
  it('are told with the kernel, its place and the shapes', () => {
    const wrong = (): unknown =>
      record((r) => {
        r.scope('head', () => matMul(r.input('a', [2, 3]), r.input('b', [4, 5])));
      });
    expect(wrong).toThrow(/MatMul in head cannot take \[2,3\], \[4,5\]/);
  });

  it('are told where a kernel has no gradient', () => {
    const wrong = (): unknown =>
      record((r) => {
        const x = r.input('x', [4, 8]);
        r.gradients(
          r.scope('choice', () => call(topK, [x], { k: 2 })[0]!),
          [x],
        );
      });
    expect(wrong).toThrow(/TopK in choice has no gradient/);
  });

  it('are told where views, inputs and slabs do not fit', () => {
    expect(() => record((r) => r.persistent('weights', 8, [4]))).toThrow(/multiple of 64/);
    expect(() => record((r) => [r.input('x', [4]), r.input('x', [5])])).toThrow(/two shapes/);
    expect(() => record((r) => [r.input('x', [4]), r.persistent('x', 0, [4])])).toThrow(/cannot be a slab/);
    expect(() => record((r) => r.copyTo(r.input('x', [4]), r.persistent('kept', 0, [5])))).toThrow(/does not fit/);
    let kept: ReturnType<typeof scale> | undefined;
    record((r) => (kept = r.input('x', [4])));
    expect(() => record(() => scale(kept!, 2))).toThrow(/another recording/);
  });
});
