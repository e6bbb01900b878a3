// Functions of four float32 at once, right to about 1e-6 of the value, for all inputs: NaN stays NaN, infinities have
// their limits. Constants lie in memory: read from there they cost V8 one load, written as v128.const several moves.
import { madd } from './simd.as';

@lazy const EXP: usize = memory.data<f32>([
  1.44269504088896341, // log2(e)
  12582912, // 1.5 x 2^23: adding it rounds to an integer, which then stands in the low bits
  -0.693359375, // -ln(2), high part
  2.12194440e-4, // -ln(2), low part
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1,
  -87.3365, // below it exp is no normal number any more
  88.7228,
  -104,
  89,
]);

/** Constant `index` of a table, in all lanes. */
@inline
export function constant(table: usize, index: usize): v128 {
  return v128.load32_splat(table + (index << 2));
}

/** exp of the remainder r: Cephes expf, |r| <= ln(2) / 2. */
@inline
function expRemainder(r: v128): v128 {
  let p = madd(constant(EXP, 4), r, constant(EXP, 5));
  p = madd(p, r, constant(EXP, 6));
  p = madd(p, r, constant(EXP, 7));
  p = madd(p, r, constant(EXP, 8));
  p = madd(p, r, constant(EXP, 9));
  const one = constant(EXP, 10);
  return madd(f32x4.mul(p, r), r, f32x4.add(r, one));
}

/** e to the x, over the whole range: denormal results, 0 and infinity included. */
@inline
export function exp4(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, constant(EXP, 14)), constant(EXP, 13));
  const magic = constant(EXP, 1);
  const shifted = madd(within, constant(EXP, 0), magic);
  const n = f32x4.sub(shifted, magic);
  const r = madd(n, constant(EXP, 3), madd(n, constant(EXP, 2), within));
  const p = expRemainder(r);
  // Two steps, because 2^n alone leaves the range of a float where the result is denormal or near the largest.
  const whole = i32x4.sub(shifted, magic);
  const half = i32x4.shr_s(whole, 1);
  const one = constant(EXP, 10);
  const first = i32x4.add(one, i32x4.shl(half, 23));
  const second = i32x4.add(one, i32x4.shl(i32x4.sub(whole, half), 23));
  return f32x4.mul(f32x4.mul(p, first), second);
}

/** e to the x for softmax and its like: exactly 0 where the result would be denormal, x <= 88.7. Faster than exp4. */
@inline
export function expFlushed4(x: v128): v128 {
  const magic = constant(EXP, 1);
  const within = f32x4.pmin(x, constant(EXP, 12));
  const shifted = madd(within, constant(EXP, 0), magic);
  const n = f32x4.sub(shifted, magic);
  const r = madd(n, constant(EXP, 3), madd(n, constant(EXP, 2), within));
  const result = i32x4.add(expRemainder(r), i32x4.shl(shifted, 23));
  // NaN compares as false in "below", so it is not flushed.
  return v128.andnot(result, f32x4.lt(x, constant(EXP, 11)));
}

@lazy const LOG: usize = memory.data<f32>([
  7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, -0.5, -2.12194440e-4, 0.693359375, 1, 0.707106781186547524,
  1.17549435e-38, 8388608, 0, Infinity, -Infinity, NaN,
]);
/** Exponent's bias, that of scaled denormals, bits of the fraction, bits of 0.5. */
@lazy const LOG_BITS: usize = memory.data<i32>([126, 149, 0x007fffff, 0x3f000000]);

/** Natural logarithm: Cephes logf. log(0) = -inf, of negative numbers NaN, denormals included. */
@inline
export function log4(x: v128): v128 {
  const one = constant(LOG, 12);
  const zero = constant(LOG, 16);
  const tiny = f32x4.lt(x, constant(LOG, 14));
  const scaled = v128.bitselect(f32x4.mul(x, constant(LOG, 15)), x, tiny);
  const bias = v128.bitselect(constant(LOG_BITS, 1), constant(LOG_BITS, 0), tiny);
  let e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(scaled, 23), bias));
  let m = v128.or(v128.and(scaled, constant(LOG_BITS, 2)), constant(LOG_BITS, 3));
  const small = f32x4.lt(m, constant(LOG, 13));
  e = f32x4.sub(e, v128.and(small, one));
  m = f32x4.sub(f32x4.add(m, v128.and(small, m)), one);
  const z = f32x4.mul(m, m);
  let p = madd(constant(LOG, 0), m, constant(LOG, 1));
  p = madd(p, m, constant(LOG, 2));
  p = madd(p, m, constant(LOG, 3));
  p = madd(p, m, constant(LOG, 4));
  p = madd(p, m, constant(LOG, 5));
  p = madd(p, m, constant(LOG, 6));
  p = madd(p, m, constant(LOG, 7));
  p = madd(p, m, constant(LOG, 8));
  let y = f32x4.mul(f32x4.mul(p, m), z);
  y = madd(e, constant(LOG, 10), y);
  y = madd(z, constant(LOG, 9), y);
  y = madd(e, constant(LOG, 11), f32x4.add(m, y));
  y = v128.bitselect(constant(LOG, 18), y, f32x4.eq(x, zero));
  y = v128.bitselect(constant(LOG, 19), y, f32x4.lt(x, zero));
  // +inf and NaN are their own logarithm.
  return v128.bitselect(y, x, f32x4.lt(x, constant(LOG, 17)));
}

// Own fits of f(x) / x by a quotient of polynomials in x², least largest relative error (2e-8 before rounding). That of
// erf lies 1.5e-7 too high, so that its limits are ±1 in all builds and GELU of large negative numbers is 0.
@lazy const ERF: usize = memory.data<f32>([
  1.128379225730896, 0.1904071420431137, 0.05274881795048714, 0.0037656454369425774, 0.00028488345560617745,
  2.0500831396930153e-6, 1, 0.5020766258239746, 0.11410938203334808, 0.01496927347034216, 0.0011625423794612288,
  3.809170812019147e-5, 3.92, -3.92, -1,
]);

/** Gauss error function. */
@inline
export function erf4(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, constant(ERF, 12)), constant(ERF, 13));
  const s = f32x4.mul(within, within);
  const one = constant(ERF, 6);
  let p = madd(constant(ERF, 5), s, constant(ERF, 4));
  let q = madd(constant(ERF, 11), s, constant(ERF, 10));
  p = madd(p, s, constant(ERF, 3));
  q = madd(q, s, constant(ERF, 9));
  p = madd(p, s, constant(ERF, 2));
  q = madd(q, s, constant(ERF, 8));
  p = madd(p, s, constant(ERF, 1));
  q = madd(q, s, constant(ERF, 7));
  p = madd(p, s, constant(ERF, 0));
  q = madd(q, s, one);
  const y = f32x4.div(f32x4.mul(p, within), q);
  return f32x4.pmax(f32x4.pmin(y, one), constant(ERF, 14));
}

@lazy const TANH: usize = memory.data<f32>([
  1, 0.13381026685237885, 0.003495588432997465, 2.0609088096534833e-5, 1.3354668482179477e-8, 0.4671434164047241,
  0.025876984000205994, 0.00032856353209353983, 7.776561687933281e-7, 9, -9, -1,
]);

/** Hyperbolic tangent. */
@inline
export function tanh4(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, constant(TANH, 9)), constant(TANH, 10));
  const s = f32x4.mul(within, within);
  const one = constant(TANH, 0);
  let p = madd(constant(TANH, 4), s, constant(TANH, 3));
  let q = madd(constant(TANH, 8), s, constant(TANH, 7));
  p = madd(p, s, constant(TANH, 2));
  q = madd(q, s, constant(TANH, 6));
  p = madd(p, s, constant(TANH, 1));
  q = madd(q, s, constant(TANH, 5));
  p = madd(p, s, one);
  q = madd(q, s, one);
  const y = f32x4.div(f32x4.mul(p, within), q);
  return f32x4.pmax(f32x4.pmin(y, one), constant(TANH, 11));
}

/** 1 / (1 + e^-x). */
@inline
export function sigmoid4(x: v128): v128 {
  const one = constant(EXP, 10);
  return f32x4.div(one, f32x4.add(one, expFlushed4(f32x4.neg(x))));
}

// Own fit of log(1 + e) / e for e in 0 to 1, least largest relative error (3e-8 before rounding).
@lazy const LOG1P: usize = memory.data<f32>([
  0.9999999403953552, -0.4999949336051941, 0.3331909775733948, -0.2484298199415207, 0.19106005132198334,
  -0.13663242757320404, 0.07822591811418533, -0.02950521931052208, 0.005232689902186394, 0,
]);

/** log(1 + e^x) without overflow: max(x, 0) + log(1 + e^-|x|). */
@inline
export function softplus4(x: v128): v128 {
  const e = expFlushed4(f32x4.neg(f32x4.abs(x)));
  let p = madd(constant(LOG1P, 8), e, constant(LOG1P, 7));
  p = madd(p, e, constant(LOG1P, 6));
  p = madd(p, e, constant(LOG1P, 5));
  p = madd(p, e, constant(LOG1P, 4));
  p = madd(p, e, constant(LOG1P, 3));
  p = madd(p, e, constant(LOG1P, 2));
  p = madd(p, e, constant(LOG1P, 1));
  p = madd(p, e, constant(LOG1P, 0));
  return madd(p, e, f32x4.pmax(x, constant(LOG1P, 9)));
}

/** The first `count` (1 to 3) of four lanes; the others are 0. For the end of an array, where four would be too many. */
@inline
export function loadPart(from: usize, count: i32): v128 {
  let part = v128.load32_zero(from);
  if (count > 1) part = v128.load32_lane(from + 4, part, 1);
  if (count > 2) part = v128.load32_lane(from + 8, part, 2);
  return part;
}

/** Stores the first `count` (1 to 3) of four lanes. */
@inline
export function storePart(to: usize, value: v128, count: i32): void {
  v128.store32_lane(to, value, 0);
  if (count > 1) v128.store32_lane(to + 4, value, 1);
  if (count > 2) v128.store32_lane(to + 8, value, 2);
}
