// What a step's profile says of its calls: order over several plans, operations of products, a trace others can read.
import { describe, expect, it } from 'vitest';
import { planFingerprint } from './fingerprint';
import type { Plan } from './plan';
import { profileOf } from './profile';

const plan = (columns: number): Plan => ({
  arrays: [
    { id: 0, kind: 'input', name: 'a', shape: [4, 8], dtype: 'float32' },
    { id: 1, kind: 'input', name: 'b', shape: [8, columns], dtype: 'float32' },
    { id: 2, kind: 'temporary', shape: [4, columns], dtype: 'float32' },
    { id: 3, kind: 'persistent', shape: [1], dtype: 'float32', constant: Float32Array.of(2) },
  ],
  calls: [
    {
      kernel: 'MatMul',
      attrs: { transposeA: false, transposeB: false, alpha: 1 },
      inputs: [0, 1],
      outputs: [2],
      scope: 'head',
    },
    { kernel: 'Copy', attrs: {}, inputs: [2], outputs: [2], scope: '' },
  ],
  outputs: {},
  slabs: [],
});
const times = [
  { call: 0, startMs: 0, durationMs: 2, bytes: 100, dispatches: 1 },
  { call: 1, startMs: 2, durationMs: 0.5, bytes: 10, dispatches: 1 },
];

describe('a profile', () => {
  const profile = profileOf([
    { plan: plan(16), times },
    { plan: plan(16), times },
  ]);

  it('has the calls of all plans one after another', () => {
    expect(profile.calls.map(({ kernel, startMs }) => [kernel, startMs])).toEqual([
      ['MatMul', 0],
      ['Copy', 2],
      ['MatMul', 2.5],
      ['Copy', 4.5],
    ]);
    expect(profile).toMatchObject({ totalMs: 5, dispatches: 4 });
    expect(profile.calls[0]).toMatchObject({ scope: 'head', flops: 2 * 4 * 8 * 16, bytes: 100 });
    expect(profile.calls[1]!.flops).toBe(0);
  });

  it('is a Chrome trace as well', () => {
    const { traceEvents } = JSON.parse(profile.trace) as { traceEvents: Record<string, unknown>[] };
    expect(traceEvents).toHaveLength(4);
    expect(traceEvents[2]).toMatchObject({ name: 'MatMul', ph: 'X', ts: 2500, dur: 2000, cat: 'head' });
  });
});

it('plans of the same calls have the same fingerprint, others another', () => {
  expect(planFingerprint(plan(16))).toBe(planFingerprint(plan(16)));
  expect(planFingerprint(plan(16))).not.toBe(planFingerprint(plan(17)));
  const other = plan(16);
  other.arrays[3]!.constant = Float32Array.of(3);
  expect(planFingerprint(other)).not.toBe(planFingerprint(plan(16)));
  expect(planFingerprint(plan(16))).toMatch(/^[0-9a-f]{16}$/);
});
