// Pooling of what an ONNX encoder gives, against sums done by hand.
import { expect, it } from 'vitest';
import { poolStates } from './onnx-pooling';

const states = {
  dims: [2, 2, 2],
  type: 'float32',
  data: Float32Array.of(1, 2, 3, 6, -1, -2, 9, 9),
};
const mask = { dims: [2, 2], type: 'int64', data: BigInt64Array.of(1n, 1n, 1n, 0n) };
const pool = (pooling: 'mean' | 'cls' | 'max', normalise = false) =>
  poolStates({ last_hidden_state: states }, mask, { pooling, normalise, rows: 2 }).map((vector) => Array.from(vector));

it('takes the mean, the first token or the maximum of real tokens only', () => {
  expect(pool('mean')).toEqual([
    [2, 4],
    [-1, -2],
  ]);
  expect(pool('cls')).toEqual([
    [1, 2],
    [-1, -2],
  ]);
  expect(pool('max')).toEqual([
    [3, 6],
    [-1, -2],
  ]);
  const [first = []] = pool('mean', true);
  expect(Math.hypot(...first)).toBeCloseTo(1, 6);
});

it('takes vectors that are ready, halves too, and refuses what holds none', () => {
  const ready = { dims: [1, 2], type: 'float16', data: Uint16Array.of(0x3c00, 0xc000) };
  const one = { pooling: 'mean', normalise: false, rows: 1 } as const;
  expect(
    poolStates({ sentence_embedding: ready, last_hidden_state: states }, mask, one).map((v) => Array.from(v)),
  ).toEqual([[1, -2]]);
  expect(() => poolStates({ logits: ready }, mask, one)).toThrow(/gives logits/);
  expect(() => poolStates({ last_hidden_state: states }, mask, one)).toThrow(/last_hidden_state/);
});
