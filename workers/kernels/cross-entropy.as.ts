// Softmax cross-entropy from logits, from class numbers or from distributions. Forward keeps log Σ exp of each row and
// its weight; backward makes the gradient from them in one pass.
import { exp4, expFlushed4, loadPart, storePart } from './math.as';
import { firstOf, madd, sum4 } from './simd.as';
import { log1, rowExpSum, rowMax } from './softmax.as';

@inline
function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** Σ w (logSum − x) over a row, w = 1 where there are none. */
function smoothLoss(x: usize, weights: usize, columns: i32, logSum: f32): f32 {
  const shift = f32x4.splat(logSum);
  let a = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= columns; i += 4) {
    const d = f32x4.sub(shift, v128.load(x + (i << 2)));
    a = weights ? madd(d, v128.load(weights + (i << 2)), a) : f32x4.add(a, d);
  }
  let sum = sum4(a);
  for (; i < columns; i++) {
    const d = logSum - load<f32>(x + (i << 2));
    sum += weights ? d * load<f32>(weights + (i << 2)) : d;
  }
  return sum;
}

function total(x: usize, count: i32): f32 {
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) sum += <f64>load<f32>(x + (i << 2));
  return <f32>sum;
}

@inline
function logSumOf(x: usize, columns: i32): f32 {
  const most = rowMax(x, columns);
  return most + log1(rowExpSum(x, 0, columns, most));
}

/** Rows whose target is `ignored` or no class have loss and weight 0. `plain`: class weights do not count in the mean. */
export function cross_entropy(
  logits: usize,
  targets: usize,
  classWeights: usize,
  sampleWeights: usize,
  losses: usize,
  logSums: usize,
  weights: usize,
  rows: i32,
  columns: i32,
  ignored: i32,
  smoothing: f32,
  gamma: f32,
  plain: i32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const x = logits + ((row * columns) << 2);
    const target = load<i32>(targets + (row << 2));
    const logSum = logSumOf(x, columns);
    store<f32>(logSums + (row << 2), logSum);
    let loss: f32 = 0;
    let weight: f32 = 0;
    if (target != ignored && <u32>target < <u32>columns) {
      const sample: f32 = sampleWeights ? load<f32>(sampleWeights + (row << 2)) : 1;
      const own: f32 = classWeights ? load<f32>(classWeights + (target << 2)) : 1;
      const nll = logSum - load<f32>(x + (target << 2));
      loss = own * (1 - smoothing) * nll;
      if (gamma != 0) loss *= exp1(gamma * log1(max<f32>(1 - exp1(-nll), 0)));
      if (smoothing != 0) loss += (smoothing / <f32>columns) * smoothLoss(x, classWeights, columns, logSum);
      loss *= sample;
      weight = plain ? sample : sample * own;
    }
    store<f32>(losses + (row << 2), loss);
    store<f32>(weights + (row << 2), weight);
  }
}

/** loss = Σ losses (/ Σ weights for a mean), and Σ weights; 0 where nothing counts. By one thread: rows are few. */
export function loss_total(
  losses: usize,
  weights: usize,
  loss: usize,
  weight: usize,
  rows: i32,
  mean: i32,
  thread: i32,
  threads: i32,
): void {
  if (thread != 0) return;
  let sum: f64 = 0;
  let all: f64 = 0;
  for (let row = 0; row < rows; row++) {
    sum += <f64>load<f32>(losses + (row << 2));
    all += weights ? <f64>load<f32>(weights + (row << 2)) : 1;
  }
  store<f32>(loss, <f32>(mean ? (all == 0 ? 0 : sum / all) : sum));
  store<f32>(weight, <f32>all);
}

/** What a row's loss weighs in the loss asked about: upstream of the sum or mean, and of the row itself. */
@inline
function rowScale(dLoss: usize, dLosses: usize, weight: usize, row: i32, mean: i32): f32 {
  const all = load<f32>(weight);
  const shared: f32 = mean ? (all == 0 ? 0 : load<f32>(dLoss) / all) : load<f32>(dLoss);
  return shared + load<f32>(dLosses + (row << 2));
}

/** y = a exp(x − logSum) − b w; w = 1 where there are none. */
@inline
function gradientRow(x: usize, w: usize, y: usize, columns: i32, logSum: f32, a: f32, b: f32): void {
  const shift = f32x4.splat(logSum);
  const av = f32x4.splat(a);
  const bv = f32x4.splat(b);
  let i = 0;
  for (; i + 4 <= columns; i += 4) {
    const at = i << 2;
    const p = f32x4.mul(av, expFlushed4(f32x4.sub(v128.load(x + at), shift)));
    v128.store(y + at, f32x4.sub(p, w ? f32x4.mul(bv, v128.load(w + at)) : bv));
  }
  if (i < columns) {
    const at = i << 2;
    const rest = columns - i;
    const p = f32x4.mul(av, expFlushed4(f32x4.sub(loadPart(x + at, rest), shift)));
    storePart(y + at, f32x4.sub(p, w ? f32x4.mul(bv, loadPart(w + at, rest)) : bv), rest);
  }
}

export function cross_entropy_gradient(
  logits: usize,
  targets: usize,
  classWeights: usize,
  sampleWeights: usize,
  logSums: usize,
  weight: usize,
  dLoss: usize,
  dLosses: usize,
  dLogits: usize,
  rows: i32,
  columns: i32,
  ignored: i32,
  smoothing: f32,
  gamma: f32,
  mean: i32,
  thread: i32,
  threads: i32,
): void {
  const classTotal: f32 = smoothing != 0 && classWeights ? total(classWeights, columns) : <f32>columns;
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const x = logits + ((row * columns) << 2);
    const y = dLogits + ((row * columns) << 2);
    const target = load<i32>(targets + (row << 2));
    if (target == ignored || <u32>target >= <u32>columns) {
      memory.fill(y, 0, columns << 2);
      continue;
    }
    const logSum = load<f32>(logSums + (row << 2));
    const sample: f32 = sampleWeights ? load<f32>(sampleWeights + (row << 2)) : 1;
    const own: f32 = classWeights ? load<f32>(classWeights + (target << 2)) : 1;
    const scale = sample * rowScale(dLoss, dLosses, weight, row, mean);
    let hit = own * (1 - smoothing);
    if (gamma != 0) {
      const nll = logSum - load<f32>(x + (target << 2));
      const p = exp1(-nll);
      const missed = max<f32>(1 - p, 0);
      hit *= exp1(gamma * log1(missed)) + gamma * exp1((gamma - 1) * log1(max<f32>(missed, 1e-30))) * p * nll;
    }
    const share = smoothing / <f32>columns;
    gradientRow(x, smoothing != 0 ? classWeights : 0, y, columns, logSum, scale * (hit + share * classTotal), scale * share);
    const at = y + (target << 2);
    store<f32>(at, load<f32>(at) - scale * hit);
  }
}

/** Σ over a row of w t' (t' smoothed) in `sumOfTargets`, and of w t' (logSum − x) as the result. */
let sumOfTargets: f32 = 0;

@inline
function softLoss(x: usize, t: usize, weights: usize, columns: i32, logSum: f32, keep: f32, share: f32): f32 {
  let sum: f32 = 0;
  let all: f32 = 0;
  for (let i = 0; i < columns; i++) {
    const at = i << 2;
    let target = keep * load<f32>(t + at) + share;
    if (weights) target *= load<f32>(weights + at);
    all += target;
    sum += target * (logSum - load<f32>(x + at));
  }
  sumOfTargets = all;
  return sum;
}

/** `targetSums` keeps Σ w t' of each row for the gradient; a row weighs its sample's weight. */
export function soft_cross_entropy(
  logits: usize,
  targets: usize,
  classWeights: usize,
  sampleWeights: usize,
  losses: usize,
  logSums: usize,
  targetSums: usize,
  rows: i32,
  columns: i32,
  smoothing: f32,
  thread: i32,
  threads: i32,
): void {
  const share = smoothing / <f32>columns;
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const start = (row * columns) << 2;
    const logSum = logSumOf(logits + start, columns);
    const sample: f32 = sampleWeights ? load<f32>(sampleWeights + (row << 2)) : 1;
    const loss = softLoss(logits + start, targets + start, classWeights, columns, logSum, 1 - smoothing, share);
    store<f32>(losses + (row << 2), sample * loss);
    store<f32>(logSums + (row << 2), logSum);
    store<f32>(targetSums + (row << 2), sumOfTargets);
  }
}

@inline
function softGradient(x: v128, t: v128, w: v128, logSum: v128, a: v128, keep: v128, share: v128, scale: v128): v128 {
  const target = f32x4.mul(madd(keep, t, share), w);
  return f32x4.mul(scale, f32x4.sub(f32x4.mul(a, expFlushed4(f32x4.sub(x, logSum))), target));
}

export function soft_cross_entropy_gradient(
  logits: usize,
  targets: usize,
  classWeights: usize,
  sampleWeights: usize,
  logSums: usize,
  targetSums: usize,
  weight: usize,
  dLoss: usize,
  dLosses: usize,
  dLogits: usize,
  rows: i32,
  columns: i32,
  smoothing: f32,
  mean: i32,
  thread: i32,
  threads: i32,
): void {
  const keep = f32x4.splat(1 - smoothing);
  const share = f32x4.splat(smoothing / <f32>columns);
  const one = f32x4.splat(1);
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const start = (row * columns) << 2;
    const sample: f32 = sampleWeights ? load<f32>(sampleWeights + (row << 2)) : 1;
    const scale = f32x4.splat(sample * rowScale(dLoss, dLosses, weight, row, mean));
    const logSum = f32x4.splat(load<f32>(logSums + (row << 2)));
    const a = f32x4.splat(load<f32>(targetSums + (row << 2)));
    let i = 0;
    for (; i + 4 <= columns; i += 4) {
      const at = start + (i << 2);
      const w = classWeights ? v128.load(classWeights + (i << 2)) : one;
      const x = v128.load(logits + at);
      v128.store(dLogits + at, softGradient(x, v128.load(targets + at), w, logSum, a, keep, share, scale));
    }
    if (i < columns) {
      const at = start + (i << 2);
      const rest = columns - i;
      const w = classWeights ? loadPart(classWeights + (i << 2), rest) : one;
      const x = loadPart(logits + at, rest);
      const value = softGradient(x, loadPart(targets + at, rest), w, logSum, a, keep, share, scale);
      storePart(dLogits + at, value, rest);
    }
  }
}
