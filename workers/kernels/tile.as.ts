// The inner loops of products with both sides packed: six, four or eight rows by eight columns. Twelve accumulators, two
// vectors of b and one of a are the fifteen registers that V8 gives out on x64: 97 % of the multiply-adds it can do.
// One step a turn, on purpose: with more, Binaryen nests the sums of one accumulator into each other, and the chains
// spill. The order of each sum is the same in all. No blocking, no threads, no epilogue.
import { madd } from './simd.as';

/**
 * c[6][8] = (add ? c : 0) + sum over k of a[k][6] × b[k][8], k > 0; `stride` is the distance of c's rows in bytes.
 */
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

/** The same for four rows; k may be 0; `step` is the distance of a's steps in bytes. */
export function tile4x8(a: usize, step: usize, b: usize, k: i32, c: usize, stride: usize, add: bool): void {
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
  const end = a + step * k;
  if (k > 0) {
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
      a += step;
      b += 32;
    } while (a < end);
  }
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

/** The same for eight rows, half by half: sixteen accumulators would spill. a is packed eight a step; k may be 0. */
export function tile8x8(a: usize, b: usize, k: i32, c: usize, stride: usize, add: bool): void {
  tile4x8(a, 32, b, k, c, stride, add);
  tile4x8(a + 16, 32, b, k, c + (stride << 2), stride, add);
}
