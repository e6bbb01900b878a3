// Vector words shared by all kernels; inlined, never called. `RELAXED` is set by the build (scripts/wasm.mjs): the
// relaxed build multiplies and adds with one rounding where the processor can, the plain build with two.

/** a × b + c in each lane. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return isDefined(RELAXED) ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of the four lanes, always in the same order: (0 + 2) + (1 + 3). */
@inline
export function sum4(a: v128): f32 {
  const pairs = f32x4.add(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The largest of the four lanes. */
@inline
export function max4(a: v128): f32 {
  const pairs = f32x4.max(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  return max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** First of the `total` items that fall to `thread`; its last is firstOf(thread + 1). Shares are multiples of `unit`. */
@inline
export function firstOf(thread: i32, threads: i32, total: i32, unit: i32): i32 {
  const units = (total + unit - 1) / unit;
  return min<i32>(<i32>(((<i64>units) * thread) / threads) * unit, total);
}
