import { expect, it } from 'vitest';
import { relativeBucket, relativeBuckets } from './relative-buckets';

/** Distances where the bucket changes, from transformers' relative_position_bucket with torch 2.13. */
function changes(bidirectional: boolean): number[] {
  const bucket = (distance: number): number =>
    relativeBucket(distance, { buckets: 32, maxDistance: 128, bidirectional });
  return Array.from({ length: 1199 }, (_, i) => i - 599).filter((each) => bucket(each) !== bucket(each - 1));
}

it('has the buckets of T5 and MPNet', () => {
  expect(changes(true)).toEqual([
    -90, -63, -45, -31, -22, -15, -11, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64,
    91,
  ]);
  expect(changes(false)).toEqual([
    -112, -98, -86, -76, -66, -58, -51, -45, -39, -34, -30, -26, -23, -20, -18, -15, -14, -13, -12, -11, -10, -9, -8,
    -7, -6, -5, -4, -3, -2, -1, 0,
  ]);
});

it('lists them for all distances of a call', () => {
  const settings = { buckets: 32, maxDistance: 128, bidirectional: true };
  expect([...relativeBuckets(3, 2, settings)]).toEqual([-2, -1, 0, 1].map((each) => relativeBucket(each, settings)));
});
