// The inner loops of matrix products: six or four rows by eight columns, both sides packed. Twelve accumulators, two
// vectors of b and one of a are the fifteen registers that V8 gives out on x64: 97 % of the processor's multiply-adds.
// One step a turn, on purpose: with more, Binaryen nests the sums of one accumulator into each other, and the chains
// spill. No blocking, no threads, no epilogue.
import { madd } from './simd.as';

/** Six rows of c (eight columns, `stride` bytes apart) = (add ? c : 0) + A·B; a is packed 6 floats a step, b eight; k > 0. */
export function tile6x8(a: usize, b: usize, k: i32, c: usize, stride: usize, add: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  if (add) {
    let row = c;
    c00 = v128.load(row);
    c01 = v128.load(row, 16);
    row += stride;
    c10 = v128.load(row);
    c11 = v128.load(row, 16);
    row += stride;
    c20 = v128.load(row);
    c21 = v128.load(row, 16);
    row += stride;
    c30 = v128.load(row);
    c31 = v128.load(row, 16);
    row += stride;
    c40 = v128.load(row);
    c41 = v128.load(row, 16);
    row += stride;
    c50 = v128.load(row);
    c51 = v128.load(row, 16);
  }
  const end = a + <usize>k * 24;
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
    x = v128.load32_splat(a, 20);
    c50 = madd(x, b0, c50);
    c51 = madd(x, b1, c51);
    a += 24;
    b += 32;
  } while (a < end);
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += stride;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += stride;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += stride;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += stride;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += stride;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

/** Four rows of c (eight columns, `stride` bytes apart) = (add ? c : 0) + A·B; a is packed 4 floats a step, b eight; k > 0. */
export function tile4x8(a: usize, b: usize, k: i32, c: usize, stride: usize, add: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  if (add) {
    let row = c;
    c00 = v128.load(row);
    c01 = v128.load(row, 16);
    row += stride;
    c10 = v128.load(row);
    c11 = v128.load(row, 16);
    row += stride;
    c20 = v128.load(row);
    c21 = v128.load(row, 16);
    row += stride;
    c30 = v128.load(row);
    c31 = v128.load(row, 16);
  }
  const end = a + <usize>k * 16;
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    a += 16;
    b += 32;
  } while (a < end);
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += stride;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += stride;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += stride;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}
