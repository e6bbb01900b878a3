// Numbers through 16 bits and back, forward and backward.
import { expect, it } from 'vitest';
import { mul, sum } from '@tensorflow/tfjs-core';
import { openCpuDevice } from '../backends/cpu-device';
import { record } from '../tape/record';
import { halfRounded } from './half-rounded';

it('rounds values and gradients, and lets neither overflow unseen', async () => {
  const plan = record((r) => {
    const x = r.input('x', [4]);
    const factor = r.input('factor', [4]);
    const y = halfRounded(x);
    r.output('y', y);
    r.output('dx', r.gradients(sum(mul(y, factor)), [x])[0]!);
  });
  const session = openCpuDevice().session();
  const prepared = await session.prepare(plan);
  session.write('x', Float32Array.of(1, 1.0001, -3.14159, 1e5));
  session.write('factor', Float32Array.of(2, 1e-9, 1.0003, 7e4));
  await prepared.run();
  expect([...(await session.output(prepared, 'y'))]).toEqual([1, 1, -3.140625, Infinity]);
  expect([...(await session.output(prepared, 'dx'))]).toEqual([2, 0, 1, Infinity]);
});
