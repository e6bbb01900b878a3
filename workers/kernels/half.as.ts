// float32 to f16 or bf16 and back, four lanes at a time by bit arithmetic (the module needs no f16 instructions): to
// nearest, ties to even, subnormals kept, NaN stays NaN, too large becomes infinity. Two halves a word.
import { constant } from './math.as';
import { firstOf } from './simd.as';

/** f16 bits in the low half of each lane. After Giesen, float_to_half_fast3_rtne. */
// @ts-ignore: decorator
@inline
export function toF16x4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const magnitude = v128.xor(x, sign);
  // Below 2^-14 adding 0.5 leaves the rounded multiple of 2^-24 in the low bits.
  const half = f32x4.splat(0.5);
  const small = i32x4.sub(f32x4.add(magnitude, half), half);
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, i32x4.splat(0xc8000fff)), odd), 13);
  const infinite = v128.bitselect(i32x4.splat(0x7e00), i32x4.splat(0x7c00), i32x4.gt_s(magnitude, i32x4.splat(0x7f800000)));
  const finite = v128.bitselect(small, rounded, i32x4.lt_s(magnitude, i32x4.splat(0x38800000)));
  const bits = v128.bitselect(infinite, finite, i32x4.ge_s(magnitude, i32x4.splat(0x47800000)));
  return v128.or(bits, i32x4.shr_u(sign, 16));
}

/** bfloat16 bits in the low half of each lane. */
// @ts-ignore: decorator
@inline
export function toBf16x4(x: v128): v128 {
  const odd = v128.and(i32x4.shr_u(x, 16), i32x4.splat(1));
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(x, i32x4.splat(0x7fff)), odd), 16);
  const nan = i32x4.gt_s(v128.and(x, i32x4.splat(0x7fffffff)), i32x4.splat(0x7f800000));
  return v128.bitselect(v128.or(i32x4.shr_u(x, 16), i32x4.splat(0x40)), rounded, nan);
}

// Read from memory: constants written into the code cost V8 several moves each, in every round of the loop.
// @ts-ignore: decorator
@lazy const FROM_F16: usize = memory.data<u32>([0x7fff, 0x77800000, 0x0f800000, 0x7f800000, 0x8000]);

/** float32 of f16 bits in the low half of each lane (the high half is zero). */
// @ts-ignore: decorator
@inline
export function fromF16x4(h: v128): v128 {
  const magnitude = i32x4.shl(v128.and(h, constant(FROM_F16, 0)), 13);
  // Times 2^112 moves the exponent and makes subnormals normal.
  const value = f32x4.mul(magnitude, constant(FROM_F16, 1));
  const special = v128.and(i32x4.ge_s(magnitude, constant(FROM_F16, 2)), constant(FROM_F16, 3));
  return v128.or(v128.or(value, special), i32x4.shl(v128.and(h, constant(FROM_F16, 4)), 16));
}

/** words[ceil(n / 2)] from x[n]; `brain`: bf16. Shares are whole words. */
export function pack_half(x: usize, words: usize, n: i32, brain: i32, thread: i32, threads: i32): void {
  let i = firstOf(thread, threads, n, 64);
  const end = firstOf(thread + 1, threads, n, 64);
  for (; i + 8 <= end; i += 8) {
    const at = x + ((<usize>i) << 2);
    const low = brain ? toBf16x4(v128.load(at)) : toF16x4(v128.load(at));
    const high = brain ? toBf16x4(v128.load(at, 16)) : toF16x4(v128.load(at, 16));
    v128.store(words + ((<usize>i) << 1), i16x8.narrow_i32x4_u(low, high));
  }
  for (; i < end; i++) {
    const each = v128.load32_zero(x + ((<usize>i) << 2));
    v128.store16_lane(words + ((<usize>i) << 1), brain ? toBf16x4(each) : toF16x4(each), 0);
  }
  if (end == n && (n & 1) == 1 && i == n) store<u16>(words + ((<usize>n) << 1), 0);
}

/** y[n] from words[ceil(n / 2)]. */
export function unpack_half(words: usize, y: usize, n: i32, brain: i32, thread: i32, threads: i32): void {
  const from = firstOf(thread, threads, n, 64);
  const end = firstOf(thread + 1, threads, n, 64);
  unpackHalves(words + ((<usize>from) << 1), end - from, brain, y + ((<usize>from) << 2));
}

/** `count` halves that follow each other. */
export function unpackHalves(from: usize, count: i32, brain: i32, to: usize): void {
  let i = 0;
  for (; i + 4 <= count; i += 4, from += 8, to += 16) {
    const h = v128.load16x4_u(from);
    v128.store(to, brain ? i32x4.shl(h, 16) : fromF16x4(h));
  }
  for (; i < count; i++, from += 2, to += 4) {
    const h = i32x4.splat(<i32>load<u16>(from));
    v128.store32_lane(to, brain ? i32x4.shl(h, 16) : fromF16x4(h), 0);
  }
}
