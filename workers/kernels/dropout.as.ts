// Dropout whose mask is a function of seed, step, stream and position (Philox4x32-10): 16 values at a time, as four
// counters in the lanes. The numbers are those of src/lib/rng.ts, bit by bit.
import { loadPart, storePart } from './math.as';
import { firstOf } from './simd.as';

const M0: i32 = 0xd2511f53;
const M1: i32 = 0xcd9e8d57;
const W0: i32 = 0x9e3779b9;
const W1: i32 = 0xbb67ae85;

@inline
function mask(words: v128, threshold: v128, x: v128, scale: v128): v128 {
  return v128.and(f32x4.mul(x, scale), i32x4.ge_u(words, threshold));
}

/** `control`: seed's low and high word, step, part of the step. Drops where a word is below `threshold` = rate × 2^32. */
export function dropout(
  x: usize,
  control: usize,
  y: usize,
  count: i32,
  threshold: i32,
  scale: f32,
  stream: i32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, count, 16);
  const limit = i32x4.splat(threshold);
  const factor = f32x4.splat(scale);
  const m0 = i32x4.splat(M0);
  const m1 = i32x4.splat(M1);
  for (let i = firstOf(thread, threads, count, 16); i < end; i += 16) {
    let a = i32x4.add(i32x4.splat(i >> 2), i32x4(0, 1, 2, 3));
    let b = v128.load32_splat(control, 8);
    let c = i32x4.splat(stream);
    let d = v128.load32_splat(control, 12);
    let k0 = load<i32>(control);
    let k1 = load<i32>(control, 4);
    for (let round = 0; round < 10; round++) {
      const p = i64x2.extmul_low_i32x4_u(a, m0);
      const q = i64x2.extmul_high_i32x4_u(a, m0);
      const r = i64x2.extmul_low_i32x4_u(c, m1);
      const s = i64x2.extmul_high_i32x4_u(c, m1);
      a = v128.xor(v128.xor(v128.shuffle<i32>(r, s, 1, 3, 5, 7), b), i32x4.splat(k0));
      b = v128.shuffle<i32>(r, s, 0, 2, 4, 6);
      c = v128.xor(v128.xor(v128.shuffle<i32>(p, q, 1, 3, 5, 7), d), i32x4.splat(k1));
      d = v128.shuffle<i32>(p, q, 0, 2, 4, 6);
      k0 += W0;
      k1 += W1;
    }
    // From one word of four counters a vector to four words of one counter.
    const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    store4(x, y, i, end, v128.shuffle<i64>(ab, cd, 0, 2), limit, factor);
    store4(x, y, i + 4, end, v128.shuffle<i64>(ab, cd, 1, 3), limit, factor);
    store4(x, y, i + 8, end, v128.shuffle<i64>(ab2, cd2, 0, 2), limit, factor);
    store4(x, y, i + 12, end, v128.shuffle<i64>(ab2, cd2, 1, 3), limit, factor);
  }
}

@inline
function store4(x: usize, y: usize, i: i32, end: i32, words: v128, limit: v128, factor: v128): void {
  const at = i << 2;
  if (i + 4 <= end) v128.store(y + at, mask(words, limit, v128.load(x + at), factor));
  else if (i < end) storePart(y + at, mask(words, limit, loadPart(x + at, end - i), factor), end - i);
}
