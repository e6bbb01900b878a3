// Binary cross-entropy from logits, forward and backward, by rows. With `focal` the focal loss of Lin et al. 2017.
import { exp4, loadPart, sigmoid4, softplus4, storePart } from './math.as';
import { firstOf, madd, sum4 } from './simd.as';

/** (1 − y) z + (1 + (w − 1) y) log(1 + e^−z). */
@inline
function plainLoss(z: v128, y: v128, w: v128): v128 {
  const one = f32x4.splat(1);
  const weight = madd(f32x4.sub(w, one), y, one);
  return madd(weight, softplus4(f32x4.neg(z)), f32x4.mul(f32x4.sub(one, y), z));
}

@inline
function plainGradient(z: v128, y: v128, w: v128): v128 {
  const one = f32x4.splat(1);
  const weight = madd(f32x4.sub(w, one), y, one);
  return f32x4.sub(f32x4.sub(one, y), f32x4.mul(weight, sigmoid4(f32x4.neg(z))));
}

/** z where y is 1, −z where it is 0. */
@inline
function signed(z: v128, y: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.mul(z, f32x4.sub(f32x4.add(y, y), one));
}

/** (α y + (1 − α)(1 − y)) (1 − p)^γ, p the probability of what is true. */
@inline
function focus(t: v128, y: v128, gamma: f32, alpha: f32): v128 {
  const share = madd(f32x4.splat(2 * alpha - 1), y, f32x4.splat(1 - alpha));
  return f32x4.mul(share, exp4(f32x4.mul(f32x4.splat(-gamma), softplus4(t))));
}

@inline
function loss(z: v128, y: v128, w: v128, focal: i32, gamma: f32, alpha: f32): v128 {
  if (!focal) return plainLoss(z, y, w);
  const t = signed(z, y);
  return f32x4.mul(focus(t, y, gamma, alpha), softplus4(f32x4.neg(t)));
}

@inline
function slope(z: v128, y: v128, w: v128, focal: i32, gamma: f32, alpha: f32): v128 {
  if (!focal) return plainGradient(z, y, w);
  const t = signed(z, y);
  const p = sigmoid4(t);
  const inner = madd(f32x4.mul(f32x4.splat(gamma), p), softplus4(f32x4.neg(t)), f32x4.sub(f32x4.splat(1), p));
  return signed(f32x4.neg(f32x4.mul(focus(t, y, gamma, alpha), inner)), y);
}

/** Four values of a row or, where a row is one value, of four rows; of the last only `rest`. */
@inline
function some(from: usize, rest: i32): v128 {
  return rest >= 4 ? v128.load(from) : loadPart(from, rest);
}

@inline
function put(to: usize, value: v128, rest: i32): void {
  if (rest >= 4) v128.store(to, value);
  else storePart(to, value, rest);
}

/** Row losses: the mean over a row's labels times its sample weight. */
export function binary_cross_entropy(
  logits: usize,
  targets: usize,
  positiveWeights: usize,
  sampleWeights: usize,
  losses: usize,
  rows: i32,
  columns: i32,
  focal: i32,
  gamma: f32,
  alpha: f32,
  thread: i32,
  threads: i32,
): void {
  const one = f32x4.splat(1);
  if (columns == 1) {
    const w = positiveWeights ? v128.load32_splat(positiveWeights) : one;
    const last = firstOf(thread + 1, threads, rows, 16);
    for (let row = firstOf(thread, threads, rows, 16); row < last; row += 4) {
      const at = row << 2;
      const rest = last - row;
      let value = loss(some(logits + at, rest), some(targets + at, rest), w, focal, gamma, alpha);
      if (sampleWeights) value = f32x4.mul(value, some(sampleWeights + at, rest));
      put(losses + at, value, rest);
    }
    return;
  }
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const start = (row * columns) << 2;
    let a = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= columns; i += 4) {
      const at = start + (i << 2);
      const w = positiveWeights ? v128.load(positiveWeights + (i << 2)) : one;
      a = f32x4.add(a, loss(v128.load(logits + at), v128.load(targets + at), w, focal, gamma, alpha));
    }
    let sum = sum4(a);
    if (i < columns) {
      const at = start + (i << 2);
      const rest = columns - i;
      const w = positiveWeights ? loadPart(positiveWeights + (i << 2), rest) : one;
      const last = loss(loadPart(logits + at, rest), loadPart(targets + at, rest), w, focal, gamma, alpha);
      sum += f32x4.extract_lane(last, 0);
      if (rest > 1) sum += f32x4.extract_lane(last, 1);
      if (rest > 2) sum += f32x4.extract_lane(last, 2);
    }
    const sample: f32 = sampleWeights ? load<f32>(sampleWeights + (row << 2)) : 1;
    store<f32>(losses + (row << 2), (sample * sum) / <f32>columns);
  }
}

export function binary_cross_entropy_gradient(
  logits: usize,
  targets: usize,
  positiveWeights: usize,
  sampleWeights: usize,
  weight: usize,
  dLoss: usize,
  dLosses: usize,
  dLogits: usize,
  rows: i32,
  columns: i32,
  focal: i32,
  gamma: f32,
  alpha: f32,
  mean: i32,
  thread: i32,
  threads: i32,
): void {
  const one = f32x4.splat(1);
  const all = load<f32>(weight);
  const shared: f32 = mean ? (all == 0 ? 0 : load<f32>(dLoss) / all) : load<f32>(dLoss);
  if (columns == 1) {
    const w = positiveWeights ? v128.load32_splat(positiveWeights) : one;
    const last = firstOf(thread + 1, threads, rows, 16);
    for (let row = firstOf(thread, threads, rows, 16); row < last; row += 4) {
      const at = row << 2;
      const rest = last - row;
      const value = slope(some(logits + at, rest), some(targets + at, rest), w, focal, gamma, alpha);
      let scale = f32x4.add(f32x4.splat(shared), some(dLosses + at, rest));
      if (sampleWeights) scale = f32x4.mul(scale, some(sampleWeights + at, rest));
      put(dLogits + at, f32x4.mul(scale, value), rest);
    }
    return;
  }
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const start = (row * columns) << 2;
    const sample: f32 = sampleWeights ? load<f32>(sampleWeights + (row << 2)) : 1;
    const scale = f32x4.splat((sample * (shared + load<f32>(dLosses + (row << 2)))) / <f32>columns);
    let i = 0;
    for (; i + 4 <= columns; i += 4) {
      const at = start + (i << 2);
      const w = positiveWeights ? v128.load(positiveWeights + (i << 2)) : one;
      const value = slope(v128.load(logits + at), v128.load(targets + at), w, focal, gamma, alpha);
      v128.store(dLogits + at, f32x4.mul(scale, value));
    }
    if (i < columns) {
      const at = start + (i << 2);
      const rest = columns - i;
      const w = positiveWeights ? loadPart(positiveWeights + (i << 2), rest) : one;
      const value = slope(loadPart(logits + at, rest), loadPart(targets + at, rest), w, focal, gamma, alpha);
      storePart(dLogits + at, f32x4.mul(scale, value), rest);
    }
  }
}
