import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { copy } from '../kernels/copy';
import { full } from '../kernels/fill';
import { call } from './call';
import { record } from './record';
import { reshape } from './reshape';

const copied = (x: Tensor): Tensor => call(copy, [x], {})[0]!;

describe('recording', () => {
  it('writes down calls, drops those nobody needs, and leaves no tensors behind', () => {
    const before = engine().state.numTensors;
    const plan = record((r) => {
      const x = r.input('x', [2, 3]);
      copied(copied(x));
      r.output('y', copied(reshape(x, [6])));
    });
    expect(plan.calls).toHaveLength(1);
    expect(plan.arrays.map(({ kind, shape }) => [kind, shape])).toEqual([
      ['input', [2, 3]],
      ['input', [6]],
      ['temporary', [6]],
    ]);
    expect(engine().state.numTensors).toBe(before);
  });

  it('lets the call that makes a gradient write it to its slab', () => {
    const plan = record((r) => {
      const w = r.persistent('weights', 64, [4]);
      r.gradients(copied(copied(w)), [w], [r.persistent('gradients', 128, [4])]);
    });
    expect(plan.slabs).toContainEqual({ name: 'gradients', words: 132, dtype: 'float32' });
    const last = plan.calls.at(-1)!;
    expect(plan.arrays[last.outputs[0]!]).toMatchObject({ kind: 'persistent', name: 'gradients', offset: 128 });
  });

  it('refuses what cannot work, and leaves no tensors behind then', () => {
    const before = engine().state.numTensors;
    expect(() => copied(full([1], 0))).toThrow(/record/);
    expect(() => record(() => record(() => undefined))).toThrow(/nested|gradient/);
    expect(() =>
      record((r) => {
        const w = r.persistent('weights', 0, [4]);
        r.gradients(copied(r.input('x', [4])), [w]);
      }),
    ).toThrow(/does not depend on weights\+0/);
    expect(engine().state.numTensors).toBe(before);
  });
});
