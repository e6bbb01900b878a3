// Slab-wide sums and averages (slab-update.ts), split by elements.
import { addRow, clearColumns, rows_used } from './embedding.as';
import { firstOf, madd } from './simd.as';

export function accumulate(sum: usize, x: usize, keep: usize, words: i32, thread: i32, threads: i32): void {
  const from = firstOf(thread, threads, words, 64);
  const to = firstOf(thread + 1, threads, words, 64);
  if (f32.load(keep) == 0) {
    memory.copy(sum + (<usize>from << 2), x + (<usize>from << 2), <usize>max<i32>(0, to - from) << 2);
    return;
  }
  const whole = from + ((to - from) & ~3);
  for (let i = from; i < whole; i += 4) {
    const at = <usize>i << 2;
    v128.store(sum + at, f32x4.add(v128.load(sum + at), v128.load(x + at)));
  }
  for (let i = whole; i < to; i++) {
    const at = <usize>i << 2;
    f32.store(sum + at, f32.load(sum + at) + f32.load(x + at));
  }
}

/** store [capacity, dim] (cleared where `keep` is 0) += rows [count, dim] at their slots; by columns, so that none is shared. */
export function accumulate_rows(
  store: usize, rows: usize, slots: usize, keep: usize, capacity: i32, count: i32, dim: i32, thread: i32, threads: i32,
): void {
  const from = firstOf(thread, threads, dim, 16);
  const end = firstOf(thread + 1, threads, dim, 16);
  if (from >= end) return;
  if (f32.load(keep) == 0) clearColumns(store, capacity, dim, from, end);
  const bytes = <usize>dim << 2;
  const one = f32x4.splat(1);
  for (let u: i32 = 0, used = rows_used(slots, count); u < used; u++)
    addRow(store + <usize>i32.load(slots + (<usize>u << 2)) * bytes, rows + <usize>u * bytes, one, from, end);
}

export function average_weights(average: usize, weights: usize, hyper: usize, control: usize, words: i32, thread: i32, threads: i32): void {
  if (f32.load(control, 4) == 0) return;
  const share = v128.load32_splat(hyper + (15 << 2));
  const from = firstOf(thread, threads, words, 64);
  const to = firstOf(thread + 1, threads, words, 64);
  const whole = from + ((to - from) & ~3);
  for (let i = from; i < whole; i += 4) {
    const at = <usize>i << 2;
    const old = v128.load(average + at);
    v128.store(average + at, madd(share, f32x4.sub(v128.load(weights + at), old), old));
  }
  for (let i = whole; i < to; i++) {
    const at = <usize>i << 2;
    const old = v128.load32_zero(average + at);
    f32.store(average + at, f32x4.extract_lane(madd(share, f32x4.sub(v128.load32_zero(weights + at), old), old), 0));
  }
}
