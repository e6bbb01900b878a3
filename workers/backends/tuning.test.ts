import { describe, expect, it } from 'vitest';
import { AbortError } from '../../src/contract/errors';
import { tune } from './tuning';
import { storedTuning, storeTuning, variantIn } from './tuning-table';

const targets = [
  { kernel: 'matmul', sizeClass: 'large', candidates: ['safe', 'fast', 'broken'] },
  { kernel: 'matmul', sizeClass: 'small', candidates: ['safe', 'fast'] },
];

/** A clock that moves only when something is timed. */
function fakeClock(cost: Record<string, number>): {
  now: () => number;
  time: (_: unknown, v: string) => Promise<number>;
} {
  let clock = 0;
  return {
    now: () => clock,
    time: (_, variant) => {
      const ms = cost[variant];
      if (ms === undefined) return Promise.reject(new Error('refused'));
      clock += ms;
      return Promise.resolve(ms);
    },
  };
}

describe('choosing variants by timing', () => {
  it('takes the fastest and passes over what fails', async () => {
    const { now, time } = fakeClock({ safe: 10, fast: 4 });
    const table = await tune('webgpu', targets, time, { now });
    expect(variantIn(table, 'matmul', 'large')).toBe('fast');
    expect(table.entries[0]?.tried).toEqual([
      { variant: 'safe', ms: 10 },
      { variant: 'fast', ms: 4 },
    ]);
    expect(variantIn(table, 'matmul', 'huge')).toBeNull();
  });

  it('keeps the safe one where the gain is noise', async () => {
    const { now, time } = fakeClock({ safe: 10, fast: 9.8 });
    expect(variantIn(await tune('webgpu', targets, time, { now }), 'matmul', 'small')).toBe('safe');
  });

  it('stops when the budget is spent and leaves the rest safe', async () => {
    const { now, time } = fakeClock({ safe: 60, fast: 50 });
    const table = await tune('webgpu', targets, time, { now, budgetMs: 100 });
    expect(table.entries.map(({ variant }) => variant)).toEqual(['safe', 'safe']);
    expect(table.entries.map(({ tried }) => tried.length)).toEqual([1, 1]);
  });

  it('gives up on a variant that never answers', async () => {
    const told: AbortSignal[] = [];
    const time = (_target: unknown, _variant: string, stop: AbortSignal): Promise<number> => {
      told.push(stop);
      return new Promise(() => undefined);
    };
    const table = await tune('webgpu', targets.slice(1), time, { budgetMs: 30 });
    expect(told.length > 0 && told.every(({ aborted }) => aborted)).toBe(true);
    expect(table.entries[0]?.variant).toBe('safe');
  });

  it('passes over what is alike once one is hopeless', async () => {
    const { now, time } = fakeClock({ safe: 10, slow: 90, 'slow too': 1 });
    const target = { kernel: 'matmul', sizeClass: 'large', candidates: ['safe', 'slow', 'slow too'] };
    expect((await tune('webgpu', [target], time, { now })).entries[0]?.tried).toHaveLength(2);
  });

  it('can be called off', async () => {
    const signal = AbortSignal.abort();
    await expect(tune('webgpu', targets, () => Promise.resolve(1), { signal })).rejects.toBeInstanceOf(AbortError);
  });

  it('is called off at once, also where a variant is still being timed', async () => {
    const controller = new AbortController();
    let told: AbortSignal | null = null;
    const tuning = tune(
      'webgpu',
      targets,
      (_target, _variant, stop) => {
        told = stop;
        controller.abort();
        return new Promise(() => undefined);
      },
      { signal: controller.signal, budgetMs: 60_000, eachMs: 60_000 },
    );
    await expect(tuning).rejects.toBeInstanceOf(AbortError);
    expect(told).toMatchObject({ aborted: true });
  });

  it('is kept for its adapter and version', async () => {
    const { now, time } = fakeClock({ safe: 10, fast: 4 });
    const table = await tune('webgpu', targets, time, { now });
    await storeTuning('adapter one', table);
    expect(await storedTuning('webgpu', 'adapter one')).toEqual(table);
    expect(await storedTuning('webgpu', 'adapter two')).toBeNull();
    await storeTuning('adapter one', { ...table, version: -1 });
    expect(await storedTuning('webgpu', 'adapter one')).toBeNull();
  });
});
