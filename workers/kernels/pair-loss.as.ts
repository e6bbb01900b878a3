// Losses of two numbers each (a prediction and a target, or two scores), forward and backward; `kind` as in pair-loss.ts.
import { loadPart, sigmoid4, softplus4, storePart } from './math.as';
import { firstOf, madd } from './simd.as';

const SQUARED = 0;
const ABSOLUTE = 1;
const HUBER = 2;
const SMOOTH = 3;
const HINGE = 4;
const SQUARED_HINGE = 5;
const LOGISTIC = 6;
const MARGIN = 7;
const CONTRASTIVE = 8;

@inline
function positive(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}

@inline
function clamp(x: v128, most: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, most), f32x4.neg(most));
}

/** `p` and `q` are the kind's two numbers. */
function value(kind: i32, a: v128, b: v128, p: v128, q: v128): v128 {
  const d = f32x4.sub(a, b);
  const one = f32x4.splat(1);
  const half = f32x4.splat(0.5);
  if (kind == SQUARED) {
    const e = f32x4.sub(d, p);
    return f32x4.mul(e, e);
  }
  if (kind == ABSOLUTE) return f32x4.abs(d);
  if (kind == HUBER || kind == SMOOTH) {
    // With c = d limited to ±p both are c (d − c / 2), Huber as it is and smooth L1 over p.
    const c = clamp(d, p);
    const loss = f32x4.mul(c, f32x4.sub(d, f32x4.mul(half, c)));
    return kind == HUBER ? loss : f32x4.div(loss, p);
  }
  if (kind == HINGE) return positive(f32x4.sub(one, f32x4.mul(a, b)));
  if (kind == SQUARED_HINGE) {
    const m = positive(f32x4.sub(one, f32x4.mul(a, b)));
    return f32x4.mul(m, m);
  }
  if (kind == LOGISTIC) {
    const t = f32x4.mul(p, d);
    return madd(q, t, softplus4(f32x4.neg(t)));
  }
  if (kind == MARGIN) return positive(f32x4.sub(p, d));
  const m = positive(f32x4.sub(p, a));
  return f32x4.mul(half, madd(f32x4.mul(b, a), a, f32x4.mul(f32x4.sub(one, b), f32x4.mul(m, m))));
}

/** Derivative by a. */
function slopeA(kind: i32, a: v128, b: v128, p: v128, q: v128): v128 {
  const d = f32x4.sub(a, b);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (kind == SQUARED) return f32x4.mul(f32x4.splat(2), f32x4.sub(d, p));
  if (kind == ABSOLUTE) return f32x4.sub(v128.and(one, f32x4.gt(d, zero)), v128.and(one, f32x4.lt(d, zero)));
  if (kind == HUBER) return clamp(d, p);
  if (kind == SMOOTH) return f32x4.div(clamp(d, p), p);
  if (kind == HINGE || kind == SQUARED_HINGE) {
    const m = positive(f32x4.sub(one, f32x4.mul(a, b)));
    const size = kind == HINGE ? v128.and(one, f32x4.gt(m, zero)) : f32x4.add(m, m);
    return f32x4.neg(f32x4.mul(b, size));
  }
  if (kind == LOGISTIC) return f32x4.mul(p, f32x4.sub(q, sigmoid4(f32x4.neg(f32x4.mul(p, d)))));
  if (kind == MARGIN) return f32x4.neg(v128.and(one, f32x4.gt(f32x4.sub(p, d), zero)));
  return f32x4.sub(f32x4.mul(b, a), f32x4.mul(f32x4.sub(one, b), positive(f32x4.sub(p, a))));
}

/** Derivative by b. */
function slopeB(kind: i32, a: v128, b: v128, p: v128, q: v128): v128 {
  const one = f32x4.splat(1);
  if (kind == HINGE || kind == SQUARED_HINGE) {
    const m = positive(f32x4.sub(one, f32x4.mul(a, b)));
    const size = kind == HINGE ? v128.and(one, f32x4.gt(m, f32x4.splat(0))) : f32x4.add(m, m);
    return f32x4.neg(f32x4.mul(a, size));
  }
  if (kind == CONTRASTIVE) {
    const m = positive(f32x4.sub(p, a));
    return f32x4.mul(f32x4.splat(0.5), f32x4.sub(f32x4.mul(a, a), f32x4.mul(m, m)));
  }
  return f32x4.neg(slopeA(kind, a, b, p, q));
}

export function pair_loss(
  a: usize,
  b: usize,
  weights: usize,
  losses: usize,
  count: i32,
  kind: i32,
  p: f32,
  q: f32,
  thread: i32,
  threads: i32,
): void {
  const pv = f32x4.splat(p);
  const qv = f32x4.splat(q);
  const end = firstOf(thread + 1, threads, count, 16);
  for (let i = firstOf(thread, threads, count, 16); i < end; i += 4) {
    const at = i << 2;
    const rest = end - i;
    if (rest >= 4) {
      const loss = value(kind, v128.load(a + at), v128.load(b + at), pv, qv);
      v128.store(losses + at, weights ? f32x4.mul(loss, v128.load(weights + at)) : loss);
    } else {
      const loss = value(kind, loadPart(a + at, rest), loadPart(b + at, rest), pv, qv);
      storePart(losses + at, weights ? f32x4.mul(loss, loadPart(weights + at, rest)) : loss, rest);
    }
  }
}

export function pair_loss_gradient(
  a: usize,
  b: usize,
  weights: usize,
  weight: usize,
  dLoss: usize,
  dLosses: usize,
  da: usize,
  db: usize,
  count: i32,
  kind: i32,
  p: f32,
  q: f32,
  mean: i32,
  thread: i32,
  threads: i32,
): void {
  const pv = f32x4.splat(p);
  const qv = f32x4.splat(q);
  const all = load<f32>(weight);
  const shared = f32x4.splat(mean ? (all == 0 ? 0 : load<f32>(dLoss) / all) : load<f32>(dLoss));
  const end = firstOf(thread + 1, threads, count, 16);
  for (let i = firstOf(thread, threads, count, 16); i < end; i += 4) {
    const at = i << 2;
    const rest = end - i;
    const whole = rest >= 4;
    const av = whole ? v128.load(a + at) : loadPart(a + at, rest);
    const bv = whole ? v128.load(b + at) : loadPart(b + at, rest);
    let scale = f32x4.add(shared, whole ? v128.load(dLosses + at) : loadPart(dLosses + at, rest));
    if (weights) scale = f32x4.mul(scale, whole ? v128.load(weights + at) : loadPart(weights + at, rest));
    const x = f32x4.mul(scale, slopeA(kind, av, bv, pv, qv));
    const y = f32x4.mul(scale, slopeB(kind, av, bv, pv, qv));
    if (whole) {
      v128.store(da + at, x);
      v128.store(db + at, y);
    } else {
      storePart(da + at, x, rest);
      storePart(db + at, y, rest);
    }
  }
}
