// Softmax and log-softmax over rows with an additive mask, their gradients, and log Σ exp of rows. A row that is masked
// everywhere has the softmax 0 in all places.
import { expFlushed4, loadPart, log4, storePart } from './math.as';
import { firstOf, madd, max4, sum4 } from './simd.as';

@inline
export function rowMax(x: usize, columns: i32): f32 {
  let a = f32x4.splat(-Infinity);
  let b = a;
  let i = 0;
  for (; i + 8 <= columns; i += 8) {
    a = f32x4.pmax(a, v128.load(x + (i << 2)));
    b = f32x4.pmax(b, v128.load(x + (i << 2), 16));
  }
  let most = max4(f32x4.pmax(a, b));
  for (; i < columns; i++) most = max<f32>(most, load<f32>(x + (i << 2)));
  return most;
}

/** Σ exp(x − shift) over the row; with `y` they are stored there, too. */
@inline
export function rowExpSum(x: usize, y: usize, columns: i32, shift: f32): f32 {
  const m = f32x4.splat(shift);
  let a = f32x4.splat(0);
  let b = a;
  let i = 0;
  for (; i + 8 <= columns; i += 8) {
    const at = i << 2;
    const p = expFlushed4(f32x4.sub(v128.load(x + at), m));
    const q = expFlushed4(f32x4.sub(v128.load(x + at, 16), m));
    if (y) {
      v128.store(y + at, p);
      v128.store(y + at, q, 16);
    }
    a = f32x4.add(a, p);
    b = f32x4.add(b, q);
  }
  for (; i + 4 <= columns; i += 4) {
    const p = expFlushed4(f32x4.sub(v128.load(x + (i << 2)), m));
    if (y) v128.store(y + (i << 2), p);
    a = f32x4.add(a, p);
  }
  let sum = sum4(f32x4.add(a, b));
  if (i < columns) {
    const p = expFlushed4(f32x4.sub(loadPart(x + (i << 2), columns - i), m));
    if (y) storePart(y + (i << 2), p, columns - i);
    for (let lane = 0; lane < columns - i; lane++) {
      sum += lane == 0 ? f32x4.extract_lane(p, 0) : lane == 1 ? f32x4.extract_lane(p, 1) : f32x4.extract_lane(p, 2);
    }
  }
  return sum;
}

export function log1(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}

@inline
function addMask(x: usize, mask: usize, y: usize, columns: i32): void {
  let i = 0;
  for (; i + 4 <= columns; i += 4) {
    const at = i << 2;
    v128.store(y + at, f32x4.add(v128.load(x + at), v128.load(mask + at)));
  }
  for (; i < columns; i++) store<f32>(y + (i << 2), load<f32>(x + (i << 2)) + load<f32>(mask + (i << 2)));
}

@inline
function scale(y: usize, columns: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= columns; i += 4) v128.store(y + (i << 2), f32x4.mul(v128.load(y + (i << 2)), f));
  for (; i < columns; i++) store<f32>(y + (i << 2), load<f32>(y + (i << 2)) * factor);
}

@inline
function shift(x: usize, y: usize, columns: i32, by: f32): void {
  const s = f32x4.splat(by);
  let i = 0;
  for (; i + 4 <= columns; i += 4) v128.store(y + (i << 2), f32x4.sub(v128.load(x + (i << 2)), s));
  for (; i < columns; i++) store<f32>(y + (i << 2), load<f32>(x + (i << 2)) - by);
}

/** Row r is masked by row (r / repeat) % maskRows of the mask; no mask where it is 0. */
export function softmax(
  x: usize,
  mask: usize,
  y: usize,
  rows: i32,
  columns: i32,
  maskRows: i32,
  repeat: i32,
  logarithm: i32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = (row * columns) << 2;
    const to = y + at;
    let from = x + at;
    if (mask) {
      addMask(from, mask + ((((row / repeat) % maskRows) * columns) << 2), to, columns);
      from = to;
    }
    const most = rowMax(from, columns);
    if (most == -Infinity) {
      const value = f32x4.splat(logarithm ? -Infinity : 0);
      let i = 0;
      for (; i + 4 <= columns; i += 4) v128.store(to + (i << 2), value);
      if (i < columns) storePart(to + (i << 2), value, columns - i);
    } else if (logarithm) shift(from, to, columns, most + log1(rowExpSum(from, 0, columns, most)));
    else scale(to, columns, 1 / rowExpSum(from, to, columns, most));
  }
}

/** Softmax: y (dy − Σ dy y). Log-softmax: dy − e^y Σ dy. */
export function softmax_gradient(
  y: usize,
  dy: usize,
  dx: usize,
  rows: i32,
  columns: i32,
  logarithm: i32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const start = (row * columns) << 2;
    let a = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= columns; i += 4) {
      const at = start + (i << 2);
      const d = v128.load(dy + at);
      a = logarithm ? f32x4.add(a, d) : madd(d, v128.load(y + at), a);
    }
    if (i < columns) {
      const at = start + (i << 2);
      const d = loadPart(dy + at, columns - i);
      a = logarithm ? f32x4.add(a, d) : madd(d, loadPart(y + at, columns - i), a);
    }
    const sum = f32x4.splat(sum4(a));
    for (i = 0; i + 4 <= columns; i += 4) {
      const at = start + (i << 2);
      v128.store(dx + at, back(v128.load(y + at), v128.load(dy + at), sum, logarithm));
    }
    if (i < columns) {
      const at = start + (i << 2);
      const rest = columns - i;
      storePart(dx + at, back(loadPart(y + at, rest), loadPart(dy + at, rest), sum, logarithm), rest);
    }
  }
}

@inline
function back(y: v128, d: v128, sum: v128, logarithm: i32): v128 {
  return logarithm ? f32x4.sub(d, f32x4.mul(expFlushed4(y), sum)) : f32x4.mul(y, f32x4.sub(d, sum));
}

/** log Σ exp of each row. */
export function log_sum_exp(x: usize, y: usize, rows: i32, columns: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const from = x + ((row * columns) << 2);
    const most = rowMax(from, columns);
    const finite = most != -Infinity && most != Infinity;
    store<f32>(y + (row << 2), finite ? most + log1(rowExpSum(from, 0, columns, most)) : most);
  }
}

/** dy e^(x − y). */
export function log_sum_exp_gradient(
  x: usize,
  y: usize,
  dy: usize,
  dx: usize,
  rows: i32,
  columns: i32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const start = (row * columns) << 2;
    const logSum = f32x4.splat(load<f32>(y + (row << 2)));
    const d = f32x4.splat(load<f32>(dy + (row << 2)));
    let i = 0;
    for (; i + 4 <= columns; i += 4) {
      const at = start + (i << 2);
      v128.store(dx + at, f32x4.mul(d, expFlushed4(f32x4.sub(v128.load(x + at), logSum))));
    }
    if (i < columns) {
      const at = start + (i << 2);
      const e = expFlushed4(f32x4.sub(loadPart(x + at, columns - i), logSum));
      storePart(dx + at, f32x4.mul(d, e), columns - i);
    }
  }
}
