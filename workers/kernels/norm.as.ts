// Layer norm (`centred` 1) and RMS norm (0) over rows, with a residual added before where `residual` is not 0.
// Forward keeps each row's mean and reciprocal deviation. Backward sums the gradients of gain and bias over blocks of
// BLOCK rows first, then over blocks, so the order of addition never depends on the threads.
import { firstOf, madd, sum4 } from './simd.as';

const BLOCK = 32;

/** Sum of `columns` values, or of the squares of their distances to `mean`. */
@inline
function rowSum(x: usize, columns: i32, squares: boolean, mean: f32): f32 {
  const m = f32x4.splat(mean);
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let i = 0;
  for (; i + 16 <= columns; i += 16) {
    const at = x + (i << 2);
    const p = v128.load(at);
    const q = v128.load(at, 16);
    const r = v128.load(at, 32);
    const s = v128.load(at, 48);
    if (squares) {
      const dp = f32x4.sub(p, m);
      const dq = f32x4.sub(q, m);
      const dr = f32x4.sub(r, m);
      const ds = f32x4.sub(s, m);
      a = madd(dp, dp, a);
      b = madd(dq, dq, b);
      c = madd(dr, dr, c);
      d = madd(ds, ds, d);
    } else {
      a = f32x4.add(a, p);
      b = f32x4.add(b, q);
      c = f32x4.add(c, r);
      d = f32x4.add(d, s);
    }
  }
  let sum = sum4(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  for (; i < columns; i++) {
    const value = load<f32>(x + (i << 2));
    sum += squares ? (value - mean) * (value - mean) : value;
  }
  return sum;
}

/** sum = x + residual. */
@inline
function addRow(x: usize, residual: usize, sum: usize, columns: i32): void {
  let i = 0;
  for (; i + 4 <= columns; i += 4) {
    const at = i << 2;
    v128.store(sum + at, f32x4.add(v128.load(x + at), v128.load(residual + at)));
  }
  for (; i < columns; i++) {
    const at = i << 2;
    store<f32>(sum + at, load<f32>(x + at) + load<f32>(residual + at));
  }
}

/** (x − mean) × reciprocal × gain + bias. */
@inline
function scaleRow(x: usize, gain: usize, bias: usize, y: usize, columns: i32, centred: i32, mean: f32, reciprocal: f32): void {
  const m = f32x4.splat(mean);
  const r = f32x4.splat(reciprocal);
  let i = 0;
  for (; i + 4 <= columns; i += 4) {
    const at = i << 2;
    const scaled = f32x4.mul(f32x4.sub(v128.load(x + at), m), r);
    const g = v128.load(gain + at);
    v128.store(y + at, centred ? madd(scaled, g, v128.load(bias + at)) : f32x4.mul(scaled, g));
  }
  for (; i < columns; i++) {
    const at = i << 2;
    const scaled = (load<f32>(x + at) - mean) * reciprocal * load<f32>(gain + at);
    store<f32>(y + at, centred ? scaled + load<f32>(bias + at) : scaled);
  }
}

/** `sum` (x + residual) is written only with a residual, `means` only where centred. */
export function norm(
  x: usize,
  residual: usize,
  gain: usize,
  bias: usize,
  y: usize,
  sum: usize,
  means: usize,
  reciprocals: usize,
  rows: i32,
  columns: i32,
  centred: i32,
  epsilon: f32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = (row * columns) << 2;
    let from = x + at;
    if (residual) {
      addRow(x + at, residual + at, sum + at, columns);
      from = sum + at;
    }
    const mean: f32 = centred ? rowSum(from, columns, false, 0) / <f32>columns : 0;
    const reciprocal: f32 = 1 / sqrt<f32>(rowSum(from, columns, true, mean) / <f32>columns + epsilon);
    scaleRow(from, gain, bias, y + at, columns, centred, mean, reciprocal);
    if (centred) store<f32>(means + (row << 2), mean);
    store<f32>(reciprocals + (row << 2), reciprocal);
  }
}

/** Adds the row to the block's sums for gain and bias, and leaves the two sums of the row in `sumGdy`, `sumGdyX`. */
let sumGdy: f32 = 0;
let sumGdyX: f32 = 0;

@inline
function rowSums(x: usize, gain: usize, dy: usize, dGain: usize, dBias: usize, columns: i32, centred: i32, mean: f32, reciprocal: f32): void {
  const m = f32x4.splat(mean);
  const r = f32x4.splat(reciprocal);
  let a = f32x4.splat(0);
  let b = a;
  let i = 0;
  for (; i + 4 <= columns; i += 4) {
    const at = i << 2;
    const d = v128.load(dy + at);
    const scaled = f32x4.mul(f32x4.sub(v128.load(x + at), m), r);
    const gd = f32x4.mul(d, v128.load(gain + at));
    a = f32x4.add(a, gd);
    b = madd(gd, scaled, b);
    v128.store(dGain + at, madd(d, scaled, v128.load(dGain + at)));
    if (centred) v128.store(dBias + at, f32x4.add(d, v128.load(dBias + at)));
  }
  let first = sum4(a);
  let second = sum4(b);
  for (; i < columns; i++) {
    const at = i << 2;
    const d = load<f32>(dy + at);
    const scaled = (load<f32>(x + at) - mean) * reciprocal;
    const gd = d * load<f32>(gain + at);
    first += gd;
    second += gd * scaled;
    store<f32>(dGain + at, load<f32>(dGain + at) + d * scaled);
    if (centred) store<f32>(dBias + at, load<f32>(dBias + at) + d);
  }
  sumGdy = first;
  sumGdyX = second;
}

/** dx = reciprocal × (gain·dy − mean(gain·dy) − x̂ · mean(gain·dy·x̂)) + dSum. */
@inline
function rowGradient(x: usize, gain: usize, dy: usize, dSum: usize, dx: usize, columns: i32, mean: f32, reciprocal: f32, first: f32, second: f32): void {
  const m = f32x4.splat(mean);
  const r = f32x4.splat(reciprocal);
  const u = f32x4.splat(-first);
  const v = f32x4.splat(-second);
  let i = 0;
  for (; i + 4 <= columns; i += 4) {
    const at = i << 2;
    const scaled = f32x4.mul(f32x4.sub(v128.load(x + at), m), r);
    const inner = madd(v128.load(dy + at), v128.load(gain + at), madd(scaled, v, u));
    v128.store(dx + at, dSum ? madd(inner, r, v128.load(dSum + at)) : f32x4.mul(inner, r));
  }
  for (; i < columns; i++) {
    const at = i << 2;
    const scaled = (load<f32>(x + at) - mean) * reciprocal;
    const value = (load<f32>(dy + at) * load<f32>(gain + at) - first - scaled * second) * reciprocal;
    store<f32>(dx + at, dSum ? value + load<f32>(dSum + at) : value);
  }
}

/** dx, and the blocks' sums for gain (and bias): `sums` holds [blocks, 1 or 2, columns]. */
export function norm_gradient(
  x: usize,
  gain: usize,
  means: usize,
  reciprocals: usize,
  dy: usize,
  dSum: usize,
  dx: usize,
  sums: usize,
  rows: i32,
  columns: i32,
  centred: i32,
  thread: i32,
  threads: i32,
): void {
  const blocks = (rows + BLOCK - 1) / BLOCK;
  const end = firstOf(thread + 1, threads, blocks, 1);
  const width = columns << (centred ? 3 : 2);
  for (let block = firstOf(thread, threads, blocks, 1); block < end; block++) {
    const dGain = sums + block * width;
    const dBias = dGain + (columns << 2);
    memory.fill(dGain, 0, width);
    const last = min<i32>((block + 1) * BLOCK, rows);
    for (let row = block * BLOCK; row < last; row++) {
      const at = (row * columns) << 2;
      const mean: f32 = centred ? load<f32>(means + (row << 2)) : 0;
      const reciprocal = load<f32>(reciprocals + (row << 2));
      rowSums(x + at, gain, dy + at, dGain, dBias, columns, centred, mean, reciprocal);
      const first: f32 = centred ? sumGdy / <f32>columns : 0;
      const second: f32 = sumGdyX / <f32>columns;
      rowGradient(x + at, gain, dy + at, dSum ? dSum + at : 0, dx + at, columns, mean, reciprocal, first, second);
    }
  }
}

/** Adds the blocks' sums [blocks, parts, columns] to dGain, and dBias where parts is 2. */
export function norm_gain_gradient(
  sums: usize,
  dGain: usize,
  dBias: usize,
  rows: i32,
  columns: i32,
  parts: i32,
  thread: i32,
  threads: i32,
): void {
  const blocks = (rows + BLOCK - 1) / BLOCK;
  const width = (parts * columns) << 2;
  const end = firstOf(thread + 1, threads, columns, 16);
  const begin = firstOf(thread, threads, columns, 16);
  for (let part = 0; part < parts; part++) {
    const to = part ? dBias : dGain;
    const from = sums + ((part * columns) << 2);
    let i = begin;
    for (; i + 4 <= end; i += 4) {
      let total = f32x4.splat(0);
      for (let block = 0; block < blocks; block++) total = f32x4.add(total, v128.load(from + block * width + (i << 2)));
      v128.store(to + (i << 2), total);
    }
    for (; i < end; i++) {
      let total: f32 = 0;
      for (let block = 0; block < blocks; block++) total += load<f32>(from + block * width + (i << 2));
      store<f32>(to + (i << 2), total);
    }
  }
}
