// Rows of a table by id, sums of rows, and their gradients. Split by rows, or by groups of four columns where several
// entries add to one row, so that each sum has one order.
import { firstOf, madd } from './simd.as';

/** `count` rows of `dim` numbers; zeros for ids outside the table and for `padding`. */
export function embedding(
  table: usize, ids: usize, out: usize, count: i32, vocabulary: i32, dim: i32, padding: i32, thread: i32, threads: i32,
): void {
  const bytes = <usize>dim << 2;
  for (let n = firstOf(thread, threads, count, 1), end = firstOf(thread + 1, threads, count, 1); n < end; n++) {
    const id = i32.load(ids + (<usize>n << 2));
    const to = out + <usize>n * bytes;
    if (<u32>id < <u32>vocabulary && id != padding) copyRow(to, table + <usize>id * bytes, dim);
    else memory.fill(to, 0, bytes);
  }
}

/** Rows are short: a loop of our own is faster than memory.copy below some hundred bytes. */
@inline
function copyRow(to: usize, from: usize, dim: i32): void {
  const whole = <usize>(dim & ~3) << 2;
  for (let at: usize = 0; at < whole; at += 16) v128.store(to + at, v128.load(from + at));
  for (let at = whole, end = <usize>dim << 2; at < end; at += 4) f32.store(to + at, f32.load(from + at));
}

/** to[from … end) += weight · x[from … end), in numbers. */
@inline
export function addRow(to: usize, x: usize, weight: v128, from: i32, end: i32): void {
  const whole = from + ((end - from) & ~3);
  for (let d = from; d < whole; d += 4) {
    const at = <usize>d << 2;
    v128.store(to + at, madd(weight, v128.load(x + at), v128.load(to + at)));
  }
  for (let d = whole; d < end; d++) {
    const at = <usize>d << 2;
    f32.store(to + at, f32x4.extract_lane(madd(weight, v128.load32_zero(x + at), v128.load32_zero(to + at)), 0));
  }
}

/** The dense gradient [vocabulary, dim], by columns. */
export function embedding_gradient(
  dy: usize, ids: usize, out: usize, count: i32, vocabulary: i32, dim: i32, padding: i32, thread: i32, threads: i32,
): void {
  const from = firstOf(thread, threads, dim, 16);
  const end = firstOf(thread + 1, threads, dim, 16);
  clearColumns(out, vocabulary, dim, from, end);
  const one = f32x4.splat(1);
  const bytes = <usize>dim << 2;
  for (let n: i32 = 0; n < count; n++) {
    const id = i32.load(ids + (<usize>n << 2));
    if (<u32>id < <u32>vocabulary && id != padding) addRow(out + <usize>id * bytes, dy + <usize>n * bytes, one, from, end);
  }
}

export function clearColumns(out: usize, rows: i32, dim: i32, from: i32, end: i32): void {
  if (from >= end) return;
  if (end - from == dim) {
    memory.fill(out, 0, <usize>rows * <usize>dim << 2);
    return;
  }
  for (let row: i32 = 0; row < rows; row++) memory.fill(out + ((<usize>row * <usize>dim + <usize>from) << 2), 0, <usize>(end - from) << 2);
}

/**
 * How many of `count` row numbers are not negative; those come first. The rows of a batch are shared out by it: by slots,
 * the last threads would have only empty ones.
 */
export function rows_used(rows: usize, count: i32): i32 {
  let low: i32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (i32.load(rows + (<usize>middle << 2)) < 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Sums of the rows of each segment (segments.ts) into [count, dim]; `weights` may be 0 for ones. */
export function segment_sums(dy: usize, segments: usize, weights: usize, out: usize, count: i32, dim: i32, thread: i32, threads: i32): void {
  const bytes = <usize>dim << 2;
  const starts = segments + (<usize>count << 2);
  const order = starts + (<usize>(count + 1) << 2);
  const used = rows_used(segments, count);
  for (let u = firstOf(thread, threads, used, 1), end = firstOf(thread + 1, threads, used, 1); u < end; u++) {
    const from = i32.load(starts + (<usize>u << 2));
    const until = i32.load(starts + (<usize>u << 2), 4);
    sumRows(out + <usize>u * bytes, dy, order, weights, from, until, dim, 0x7fffffff);
  }
  const empty = used + firstOf(thread, threads, count - used, 1);
  const last = used + firstOf(thread + 1, threads, count - used, 1);
  memory.fill(out + <usize>empty * bytes, 0, <usize>(last - empty) * bytes);
}

/** to = Σ weights[k] · x[rows[k]] for k in from … until, with the sums of 16 columns at a time in registers. */
@inline
function sumRows(to: usize, x: usize, rows: usize, weights: usize, from: i32, until: i32, dim: i32, vocabulary: i32): void {
  const bytes = <usize>dim << 2;
  const one = f32x4.splat(1);
  let d: i32 = 0;
  for (; d + 16 <= dim; d += 16) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let e = a;
    for (let k = from; k < until; k++) {
      const row = i32.load(rows + (<usize>k << 2));
      if (<u32>row >= <u32>vocabulary) continue;
      const weight = weights ? v128.load32_splat(weights + (<usize>k << 2)) : one;
      const at = x + <usize>row * bytes + (<usize>d << 2);
      a = madd(weight, v128.load(at), a);
      b = madd(weight, v128.load(at, 16), b);
      c = madd(weight, v128.load(at, 32), c);
      e = madd(weight, v128.load(at, 48), e);
    }
    const place = to + (<usize>d << 2);
    v128.store(place, a);
    v128.store(place, b, 16);
    v128.store(place, c, 32);
    v128.store(place, e, 48);
  }
  for (; d < dim; d++) {
    let a = f32x4.splat(0);
    for (let k = from; k < until; k++) {
      const row = i32.load(rows + (<usize>k << 2));
      if (<u32>row >= <u32>vocabulary) continue;
      const weight = weights ? v128.load32_splat(weights + (<usize>k << 2)) : one;
      a = madd(weight, v128.load32_zero(x + <usize>row * bytes + (<usize>d << 2)), a);
    }
    f32.store(to + (<usize>d << 2), f32x4.extract_lane(a, 0));
  }
}

/** Zeros, and rows [count, dim] where the segments say. By columns, so that no thread clears what another wrote. */
export function row_scatter(rows: usize, segments: usize, out: usize, count: i32, vocabulary: i32, dim: i32, thread: i32, threads: i32): void {
  const from = firstOf(thread, threads, dim, 16);
  const end = firstOf(thread + 1, threads, dim, 16);
  clearColumns(out, vocabulary, dim, from, end);
  for (let u: i32 = 0; u < count; u++) {
    const row = i32.load(segments + (<usize>u << 2));
    if (row < 0) break;
    const start = <usize>from << 2;
    copyRow(out + ((<usize>row * <usize>dim) << 2) + start, rows + ((<usize>u * <usize>dim) << 2) + start, max<i32>(0, end - from));
  }
}

/** out [count, dim] = Σ weights[k] · table[ids[k]] over the entries of each bag. */
export function embedding_bag(
  table: usize, bags: usize, weights: usize, out: usize, count: i32, vocabulary: i32, dim: i32, thread: i32, threads: i32,
): void {
  const ids = bags + (<usize>(count + 1) << 2);
  for (let bag = firstOf(thread, threads, count, 1), end = firstOf(thread + 1, threads, count, 1); bag < end; bag++) {
    const from = i32.load(bags + (<usize>bag << 2));
    const until = i32.load(bags + (<usize>bag << 2), 4);
    sumRows(out + ((<usize>bag * <usize>dim) << 2), table, ids, weights, from, until, dim, vocabulary);
  }
}

/** The dense gradient [vocabulary, dim] of a table, by columns. */
export function embedding_bag_gradient(
  dy: usize, bags: usize, weights: usize, out: usize, count: i32, vocabulary: i32, dim: i32, thread: i32, threads: i32,
): void {
  const ids = bags + (<usize>(count + 1) << 2);
  const from = firstOf(thread, threads, dim, 16);
  const end = firstOf(thread + 1, threads, dim, 16);
  clearColumns(out, vocabulary, dim, from, end);
  const bytes = <usize>dim << 2;
  for (let bag: i32 = 0; bag < count; bag++) {
    const until = i32.load(bags + (<usize>bag << 2), 4);
    for (let k = i32.load(bags + (<usize>bag << 2)); k < until; k++) {
      const id = i32.load(ids + (<usize>k << 2));
      if (<u32>id >= <u32>vocabulary) continue;
      addRow(out + <usize>id * bytes, dy + <usize>bag * bytes, v128.load32_splat(weights + (<usize>k << 2)), from, end);
    }
  }
}
