// The parts of cross-entropy over a large vocabulary that are no matrix products: log Σ exp gathered chunk by chunk, and
// the gradient of a chunk of logits in place (chunked-cross-entropy.ts puts them together).
import { expFlushed4, loadPart, storePart } from './math.as';
import { matmul } from './matmul.as';
import { firstOf } from './simd.as';
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

/** Takes the chunk of classes from `first` on into each row's largest logit and Σ exp, and picks the target's logit. */
export function chunk_log_sums(
  logits: usize,
  targets: usize,
  most: usize,
  sums: usize,
  picked: usize,
  rows: i32,
  columns: i32,
  first: i32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = row << 2;
    const x = logits + ((<usize>row * columns) << 2);
    const here = rowMax(x, columns);
    const before: f32 = first == 0 ? -Infinity : load<f32>(most + at);
    const largest = max<f32>(here, before);
    let sum = rowExpSum(x, 0, columns, largest);
    if (first > 0) sum += load<f32>(sums + at) * exp1(before - largest);
    store<f32>(most + at, largest);
    store<f32>(sums + at, sum);
    const target = load<i32>(targets + at) - first;
    if (<u32>target < <u32>columns) store<f32>(picked + at, load<f32>(x + (target << 2)));
  }
}

/** Losses, log sums and weights of rows once all chunks were seen; `classes` in all. */
export function chunk_losses(
  targets: usize,
  sampleWeights: usize,
  most: usize,
  sums: usize,
  picked: usize,
  losses: usize,
  logSums: usize,
  weights: usize,
  rows: i32,
  classes: i32,
  ignored: i32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = row << 2;
    const target = load<i32>(targets + at);
    const logSum = load<f32>(most + at) + log1(load<f32>(sums + at));
    const counts = target != ignored && <u32>target < <u32>classes;
    const weight: f32 = counts ? (sampleWeights ? load<f32>(sampleWeights + at) : 1) : 0;
    store<f32>(logSums + at, logSum);
    store<f32>(losses + at, counts ? weight * (logSum - load<f32>(picked + at)) : 0);
    store<f32>(weights + at, weight);
  }
}

/** logits → their gradient, in place. */
export function chunk_gradient(
  logits: usize,
  targets: usize,
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
  mean: i32,
  thread: i32,
  threads: i32,
): void {
  const all = load<f32>(weight);
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
    const size = f32x4.splat(scale);
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
    const own = target - first;
    if (<u32>own < <u32>columns) {
      const to = x + (own << 2);
      store<f32>(to, load<f32>(to) - scale);
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
