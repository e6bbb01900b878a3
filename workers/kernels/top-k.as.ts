// The k largest of each row, largest first, of equal ones the earlier first. Each row keeps a sorted list; four values
// at a time are compared with its last, so that most of a long row costs one comparison.
import { firstOf } from './simd.as';

/** x [rows, n] → values and places [rows, k]. NaN counts as less than everything. */
export function top_k(x: usize, values: usize, places: usize, rows: i32, n: i32, k: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const from = x + ((<usize>row * <usize>n) << 2);
    const best = values + ((<usize>row * <usize>k) << 2);
    const at = places + ((<usize>row * <usize>k) << 2);
    for (let i = 0; i < k; i++) insert(best, at, i, load<f32>(from + ((<usize>i) << 2)), i);
    const last = best + ((<usize>(k - 1)) << 2);
    let i = k;
    for (; i + 4 <= n; i += 4) {
      const four = v128.load(from + ((<usize>i) << 2));
      // "Not at most" is true for NaN in the list, too, which everything replaces.
      if (!v128.any_true(v128.not(f32x4.le(four, v128.load32_splat(last))))) continue;
      for (let lane = 0; lane < 4; lane++) consider(best, at, k, load<f32>(from + ((<usize>(i + lane)) << 2)), i + lane);
    }
    for (; i < n; i++) consider(best, at, k, load<f32>(from + ((<usize>i) << 2)), i);
  }
}

// @ts-ignore: decorator
@inline
function before(a: f32, b: f32): bool {
  return a > b || (b != b && a == a);
}

// @ts-ignore: decorator
@inline
function consider(best: usize, at: usize, k: i32, value: f32, place: i32): void {
  if (before(value, load<f32>(best + ((<usize>(k - 1)) << 2)))) insert(best, at, k - 1, value, place);
}

/** Puts a value into the sorted list, whose place `free` may be overwritten and holds the end. */
function insert(best: usize, at: usize, free: i32, value: f32, place: i32): void {
  let i = <usize>free;
  for (; i > 0 && before(value, load<f32>(best + ((i - 1) << 2))); i--) {
    store<f32>(best + (i << 2), load<f32>(best + ((i - 1) << 2)));
    store<i32>(at + (i << 2), load<i32>(at + ((i - 1) << 2)));
  }
  store<f32>(best + (i << 2), value);
  store<i32>(at + (i << 2), place);
}
