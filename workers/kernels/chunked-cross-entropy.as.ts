// The parts of cross-entropy over a large vocabulary that are no matrix products: log Σ exp gathered chunk by chunk, and
// the gradient of a chunk of logits in place (chunked-cross-entropy.ts puts them together).
import { expFlushed4, loadPart, storePart } from './math.as';
import { matmul } from './matmul.as';
import { firstOf, madd } from './simd.as';
import { log1, rowExpSum, rowMax } from './softmax.as';

/** A product whose arrays begin `…First` floats after their addresses. */
export function matmul_within(
  a: usize, b: usize, c: usize, packedA: usize, packedB: usize, aFirst: i32, bFirst: i32, cFirst: i32,
  m: i32, k: i32, n: i32, transposeA: i32, transposeB: i32, thread: i32, threads: i32,
): void {
  const a0 = a + (<usize>aFirst << 2);
  const b0 = b + (<usize>bFirst << 2);
  const c0 = c + (<usize>cFirst << 2);
  matmul(a0, b0, c0, 0, 0, 0, packedA, packedB, m, k, n, transposeA, transposeB, 1, 0, 1, 0, 0, 0, thread, threads);
}

@inline
function exp1(x: f32): f32 {
  return f32x4.extract_lane(expFlushed4(f32x4.splat(x)), 0);
}

/** Σ of the weights of `count` classes, or their number where there are none. */
function classTotal(classWeights: usize, count: i32): f32 {
  if (!classWeights) return <f32>count;
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) sum += <f64>load<f32>(classWeights + (<usize>i << 2));
  return <f32>sum;
}

/** Σ x[i] · weights[i], or Σ x[i] where there are none. */
function weighted(x: usize, weights: usize, count: i32): f32 {
  let sums = f32x4.splat(0);
  const one = f32x4.splat(1);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = <usize>i << 2;
    sums = madd(v128.load(x + at), weights ? v128.load(weights + at) : one, sums);
  }
  let sum = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
  for (; i < count; i++) {
    const at = <usize>i << 2;
    sum += load<f32>(x + at) * (weights ? load<f32>(weights + at) : <f32>1);
  }
  return sum;
}

/**
 * Takes the chunk of classes from `first` on into what is kept of each row: [largest logit, Σ exp, the target's logit, and
 * where `smooth` the Σ of logits by the classes' weights].
 */
export function chunk_log_sums(
  logits: usize,
  targets: usize,
  classWeights: usize,
  kept: usize,
  rows: i32,
  columns: i32,
  first: i32,
  smooth: i32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = kept + (<usize>row << 4);
    const x = logits + ((<usize>row * columns) << 2);
    const here = rowMax(x, columns);
    const before: f32 = first == 0 ? -Infinity : load<f32>(at);
    const largest = max<f32>(here, before);
    let sum = rowExpSum(x, 0, columns, largest);
    if (first > 0) sum += load<f32>(at, 4) * exp1(before - largest);
    store<f32>(at, largest);
    store<f32>(at, sum, 4);
    const target = load<i32>(targets + (<usize>row << 2)) - first;
    if (<u32>target < <u32>columns) store<f32>(at, load<f32>(x + (target << 2)), 8);
    if (!smooth) continue;
    const all = weighted(x, classWeights ? classWeights + (<usize>first << 2) : 0, columns);
    store<f32>(at, first > 0 ? load<f32>(at, 12) + all : all, 12);
  }
}

/** Losses, log sums and weights of rows once all chunks were seen; `classes` in all. totals[1] = Σ of the classes' weights. */
export function chunk_losses(
  targets: usize,
  classWeights: usize,
  sampleWeights: usize,
  kept: usize,
  losses: usize,
  logSums: usize,
  weights: usize,
  totals: usize,
  rows: i32,
  classes: i32,
  ignored: i32,
  smoothing: f32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  const total = classTotal(classWeights, classes);
  if (thread == 0) store<f32>(totals, total, 4);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = row << 2;
    const seen = kept + (<usize>row << 4);
    const target = load<i32>(targets + at);
    const logSum = load<f32>(seen) + log1(load<f32>(seen, 4));
    store<f32>(logSums + at, logSum);
    if (target == ignored || <u32>target >= <u32>classes) {
      store<f32>(losses + at, 0);
      store<f32>(weights + at, 0);
      continue;
    }
    const sample: f32 = sampleWeights ? load<f32>(sampleWeights + at) : 1;
    const own: f32 = classWeights ? load<f32>(classWeights + (target << 2)) : 1;
    let loss = own * (<f32>1 - smoothing) * (logSum - load<f32>(seen, 8));
    if (smoothing != 0) loss += (smoothing / <f32>classes) * (total * logSum - load<f32>(seen, 12));
    store<f32>(losses + at, sample * loss);
    store<f32>(weights + at, sample * own);
  }
}

/** x[i] -= share · weights[i], or share where there are none. */
function lower(x: usize, weights: usize, count: i32, share: f32): void {
  const by = f32x4.splat(-share);
  const one = f32x4.splat(1);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = <usize>i << 2;
    v128.store(x + at, madd(by, weights ? v128.load(weights + at) : one, v128.load(x + at)));
  }
  if (i < count) {
    const at = <usize>i << 2;
    const w = weights ? loadPart(weights + at, count - i) : one;
    storePart(x + at, madd(by, w, loadPart(x + at, count - i)), count - i);
  }
}

/** logits → their gradient, in place. weight: [Σ of the rows' weights, Σ of the classes']. */
export function chunk_gradient(
  logits: usize,
  targets: usize,
  classWeights: usize,
  sampleWeights: usize,
  logSums: usize,
  weight: usize,
  dLoss: usize,
  dLosses: usize,
  rows: i32,
  columns: i32,
  first: i32,
  classes: i32,
  ignored: i32,
  smoothing: f32,
  mean: i32,
  thread: i32,
  threads: i32,
): void {
  const all = load<f32>(weight);
  const total: f32 = classWeights ? load<f32>(weight, 4) : <f32>classes;
  const shared: f32 = mean ? (all == 0 ? 0 : load<f32>(dLoss) / all) : load<f32>(dLoss);
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = row << 2;
    const x = logits + ((<usize>row * columns) << 2);
    const target = load<i32>(targets + at);
    if (target == ignored || <u32>target >= <u32>classes) {
      memory.fill(x, 0, columns << 2);
      continue;
    }
    const sample: f32 = sampleWeights ? load<f32>(sampleWeights + at) : 1;
    const scale = sample * (shared + load<f32>(dLosses + at));
    const own: f32 = classWeights ? load<f32>(classWeights + (target << 2)) : 1;
    const hit = scale * own * (<f32>1 - smoothing);
    const share = scale * (smoothing / <f32>classes);
    const size = f32x4.splat(smoothing == 0 ? hit : hit + share * total);
    const shift = f32x4.splat(load<f32>(logSums + at));
    let i = 0;
    for (; i + 4 <= columns; i += 4) {
      const to = x + (i << 2);
      v128.store(to, f32x4.mul(size, expFlushed4(f32x4.sub(v128.load(to), shift))));
    }
    if (i < columns) {
      const to = x + (i << 2);
      const p = expFlushed4(f32x4.sub(loadPart(to, columns - i), shift));
      storePart(to, f32x4.mul(size, p), columns - i);
    }
    if (smoothing != 0) lower(x, classWeights ? classWeights + (<usize>first << 2) : 0, columns, share);
    const column = target - first;
    if (<u32>column < <u32>columns) {
      const to = x + (column << 2);
      store<f32>(to, load<f32>(to) - hit);
    }
  }
}

/** y += x. */
export function add_into(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, count, 16);
  let i = firstOf(thread, threads, count, 16);
  for (; i + 4 <= end; i += 4) {
    const at = <usize>i << 2;
    v128.store(y + at, f32x4.add(v128.load(y + at), v128.load(x + at)));
  }
  for (; i < end; i++) {
    const at = <usize>i << 2;
    store<f32>(y + at, load<f32>(y + at) + load<f32>(x + at));
  }
}
