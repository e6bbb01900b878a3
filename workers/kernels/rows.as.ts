// Rows: unit length, distance of two, the largest value and where it stands; and whether all of an array is finite.
import { loadPart, storePart } from './math.as';
import { firstOf, madd, sum4 } from './simd.as';
import { rowMax } from './softmax.as';

@inline
function dot(a: usize, b: usize, columns: i32): f32 {
  let sum = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= columns; i += 4) sum = madd(v128.load(a + (i << 2)), v128.load(b + (i << 2)), sum);
  if (i < columns) sum = madd(loadPart(a + (i << 2), columns - i), loadPart(b + (i << 2), columns - i), sum);
  return sum4(sum);
}

/** y = p x + q z; z may be 0 with q 0. */
@inline
export function combine(x: usize, z: usize, y: usize, columns: i32, p: f32, q: f32): void {
  const pv = f32x4.splat(p);
  const qv = f32x4.splat(q);
  let i = 0;
  for (; i + 4 <= columns; i += 4) {
    const at = i << 2;
    const value = f32x4.mul(pv, v128.load(x + at));
    v128.store(y + at, z ? madd(qv, v128.load(z + at), value) : value);
  }
  if (i < columns) {
    const at = i << 2;
    const rest = columns - i;
    const value = f32x4.mul(pv, loadPart(x + at, rest));
    storePart(y + at, z ? madd(qv, loadPart(z + at, rest), value) : value, rest);
  }
}

/** Rows divided by their length, or by `smallest` where they are shorter; `lengths` keeps what was divided by. */
export function normalize_rows(
  x: usize, y: usize, lengths: usize, rows: i32, columns: i32, smallest: f32, thread: i32, threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = (row * columns) << 2;
    const length = max<f32>(sqrt<f32>(dot(x + at, x + at, columns)), smallest);
    store<f32>(lengths + (row << 2), length);
    combine(x + at, 0, y + at, columns, 1 / length, 0);
  }
}

/** (dy − y (y·dy)) / length. */
export function normalize_rows_gradient(
  y: usize, lengths: usize, dy: usize, dx: usize, rows: i32, columns: i32, smallest: f32, thread: i32, threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = (row * columns) << 2;
    const length = load<f32>(lengths + (row << 2));
    const along: f32 = length > smallest ? dot(y + at, dy + at, columns) : 0;
    combine(dy + at, y + at, dx + at, columns, 1 / length, -along / length);
  }
}

/** Euclidean distance of each row of a to that of b. */
export function row_distance(a: usize, b: usize, y: usize, rows: i32, columns: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const start = (row * columns) << 2;
    let sum = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= columns; i += 4) {
      const at = start + (i << 2);
      const d = f32x4.sub(v128.load(a + at), v128.load(b + at));
      sum = madd(d, d, sum);
    }
    if (i < columns) {
      const at = start + (i << 2);
      const d = f32x4.sub(loadPart(a + at, columns - i), loadPart(b + at, columns - i));
      sum = madd(d, d, sum);
    }
    store<f32>(y + (row << 2), sqrt<f32>(sum4(sum)));
  }
}

/** ±(a − b) dy / distance; 0 where the rows are equal. */
export function row_distance_gradient(
  a: usize, b: usize, y: usize, dy: usize, da: usize, db: usize, rows: i32, columns: i32, thread: i32, threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = (row * columns) << 2;
    const distance = load<f32>(y + (row << 2));
    const size: f32 = distance > 0 ? load<f32>(dy + (row << 2)) / distance : 0;
    combine(a + at, b + at, da + at, columns, size, -size);
    combine(a + at, b + at, db + at, columns, -size, size);
  }
}

/** The largest value of each row and its first place. */
export function arg_max(x: usize, places: usize, most: usize, rows: i32, columns: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const from = x + ((row * columns) << 2);
    const largest = rowMax(from, columns);
    let place = 0;
    while (place < columns - 1 && load<f32>(from + (place << 2)) != largest) place++;
    store<i32>(places + (row << 2), place);
    store<f32>(most + (row << 2), largest);
  }
}

/** 1 where any value is infinite or no number, else 0: `flags` by blocks of 16,384, then `flag`. */
export function finite_blocks(x: usize, flags: usize, count: i32, thread: i32, threads: i32): void {
  const blocks = (count + 16383) >> 14;
  const end = firstOf(thread + 1, threads, blocks, 1);
  for (let block = firstOf(thread, threads, blocks, 1); block < end; block++) {
    const last = min<i32>((block + 1) << 14, count);
    // x − x is 0 for finite numbers and no number for the others, which no addition takes away again.
    let sum = f32x4.splat(0);
    let i = block << 14;
    for (; i + 4 <= last; i += 4) {
      const value = v128.load(x + (<usize>i << 2));
      sum = f32x4.add(sum, f32x4.sub(value, value));
    }
    if (i < last) {
      const value = loadPart(x + (<usize>i << 2), last - i);
      sum = f32x4.add(sum, f32x4.sub(value, value));
    }
    store<f32>(flags + (block << 2), sum4(sum) == 0 ? 0 : 1);
  }
}

export function finite_total(flags: usize, flag: usize, count: i32, thread: i32, threads: i32): void {
  if (thread != 0) return;
  let any: f32 = 0;
  const blocks = (count + 16383) >> 14;
  for (let block = 0; block < blocks; block++) any = max<f32>(any, load<f32>(flags + (block << 2)));
  store<f32>(flag, any);
}
