// The additive bias of relative positions: a table [buckets, heads] spread over [heads, queries, keys], and its gradient.
import { firstOf } from './simd.as';

/** out[h][i][j] = table[bucket[j - i + queries - 1]][h]. */
export function relative_bias(
  table: usize, bucket: usize, out: usize, heads: i32, queries: i32, keys: i32, thread: i32, threads: i32,
): void {
  const end = firstOf(thread + 1, threads, heads * queries, 1);
  for (let row = firstOf(thread, threads, heads * queries, 1); row < end; row++) {
    const column = table + ((<usize>(row / queries)) << 2);
    let from = bucket + ((<usize>(queries - 1 - (row % queries))) << 2);
    let to = out + ((<usize>row * <usize>keys) << 2);
    for (let key = 0; key < keys; key++, from += 4, to += 4)
      store<f32>(to, load<f32>(column + ((<usize>(load<i32>(from) * heads)) << 2)));
  }
}

/** Each head is summed by one thread: along the diagonals, top to bottom, then into the buckets, left to right. */
export function relative_bias_grad(
  upstream: usize, bucket: usize, gradient: usize, scratch: usize, heads: i32, queries: i32, keys: i32, buckets: i32,
  thread: i32, threads: i32,
): void {
  const diagonals = queries + keys - 1;
  const sums = scratch + ((<usize>(thread * diagonals)) << 2);
  const end = firstOf(thread + 1, threads, heads, 1);
  for (let head = firstOf(thread, threads, heads, 1); head < end; head++) {
    memory.fill(sums, 0, (<usize>diagonals) << 2);
    let from = upstream + ((<usize>(head * queries) * <usize>keys) << 2);
    for (let query = 0; query < queries; query++) {
      let at = sums + ((<usize>(queries - 1 - query)) << 2);
      let key = 0;
      for (; key + 4 <= keys; key += 4, from += 16, at += 16) v128.store(at, f32x4.add(v128.load(at), v128.load(from)));
      for (; key < keys; key++, from += 4, at += 4) store<f32>(at, load<f32>(at) + load<f32>(from));
    }
    const column = gradient + ((<usize>head) << 2);
    for (let each = 0; each < buckets; each++) store<f32>(column + ((<usize>(each * heads)) << 2), 0);
    for (let each: usize = 0; each < <usize>diagonals; each++) {
      const to = column + ((<usize>(load<i32>(bucket + (each << 2)) * heads)) << 2);
      store<f32>(to, load<f32>(to) + load<f32>(sums + (each << 2)));
    }
  }
}
