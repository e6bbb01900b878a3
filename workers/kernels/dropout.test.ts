// What the suite cannot say of dropout: that its mask is the generator's, and how many values it drops.
import { describe, expect, it } from 'vitest';
import { philox } from '../../src/lib/rng';
import { openCpuDevice } from '../backends/cpu-device';
import { record } from '../tape/record';
import { dropout, dropoutControl } from './dropout';

async function dropped(count: number, rate: number, stream: number, control: Int32Array): Promise<Float32Array> {
  const plan = record((r) =>
    r.output('y', dropout(r.input('x', [count]), r.input('control', [4], 'int32'), { rate, stream })),
  );
  const session = openCpuDevice().session();
  const prepared = await session.prepare(plan);
  session.write('x', new Float32Array(count).fill(1));
  session.write('control', control);
  await prepared.run();
  return session.output(prepared, 'y');
}

describe('dropout', () => {
  it('keeps what the generator of rng.ts says, with a large seed too', async () => {
    const seed = 2 ** 40 + 12345;
    const y = await dropped(8, 0.25, 9, dropoutControl(seed, 77, 3));
    const words = [0, 1].flatMap((block) => philox(block, 77, 9, 3, seed >>> 0, 256));
    expect([...y]).toEqual(words.map((word) => (word < 2 ** 30 ? 0 : Math.fround(4 / 3))));
  });

  it('drops the share asked for, other values in another step, and the same again', async () => {
    const at = (step: number) => dropped(20000, 0.3, 1, dropoutControl(0, step));
    const [first, second, again] = [await at(1), await at(2), await at(1)];
    const share = first.filter((value) => value === 0).length / first.length;
    expect(share).toBeGreaterThan(0.29);
    expect(share).toBeLessThan(0.31);
    expect(second).not.toEqual(first);
    expect(again).toEqual(first);
  });
});
