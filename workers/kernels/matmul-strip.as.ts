// The left side of a product, packed for tile.as.ts: strips of six rows, or of four where that fits the last rows
// better; a strip is [k][6 or 4], rows past the last are zero.
import { transpose4 } from './tile-pack.as';

/** Rows of most strips. A product that is rounded by itself takes one register more, and six rows would spill. */
export const stripUnit: i32 = isDefined(RELAXED) ? 6 : 4;

/** Rows of the next strip where `left` are to go. */
@inline
export function stripRows(left: i32): i32 {
  return left <= 4 || left == 7 || left == 8 ? 4 : stripUnit;
}

/** Strips of a matrix stored by rows: dst[strip][column][row] = src[row][column]. `stride`: bytes from row to row. */
export function packStrips(src: usize, stride: usize, rows: i32, columns: i32, dst: usize): void {
  for (let row = 0; row < rows; ) {
    const height = stripRows(rows - row);
    const bytes = (<usize>height) << 2;
    if (row + height > rows) packPart(src, stride, rows - row, columns, dst, bytes);
    else if (height == 6) packSix(src, stride, columns, dst);
    else packFour(src, stride, columns, dst);
    row += height;
    src += stride * height;
    dst += bytes * columns;
  }
}

function packSix(src: usize, stride: usize, columns: i32, dst: usize): void {
  const one = f32x4.splat(1);
  const fifth = stride << 2;
  let column = 0;
  for (; column + 4 <= columns; column += 4, src += 16, dst += 96) {
    transpose4(src, stride, one, dst, 24);
    const r4 = v128.load(src + fifth);
    const r5 = v128.load(src + fifth + stride);
    const low = i32x4.shuffle(r4, r5, 0, 4, 1, 5);
    const high = i32x4.shuffle(r4, r5, 2, 6, 3, 7);
    v128.store64_lane(dst, low, 0, 16);
    v128.store64_lane(dst, low, 1, 40);
    v128.store64_lane(dst, high, 0, 64);
    v128.store64_lane(dst, high, 1, 88);
  }
  packPart(src, stride, 6, columns - column, dst, 24);
}

function packFour(src: usize, stride: usize, columns: i32, dst: usize): void {
  const one = f32x4.splat(1);
  let column = 0;
  for (; column + 4 <= columns; column += 4, src += 16, dst += 64) transpose4(src, stride, one, dst, 16);
  packPart(src, stride, 4, columns - column, dst, 16);
}

function packPart(src: usize, stride: usize, rows: i32, columns: i32, dst: usize, bytes: usize): void {
  if (bytes != (<usize>rows) << 2) memory.fill(dst, 0, bytes * columns);
  for (let column = 0; column < columns; column++, src += 4, dst += bytes)
    for (let row: usize = 0; row < <usize>rows; row++) store<f32>(dst + (row << 2), load<f32>(src + row * stride));
}

/**
 * Strips of a transposed matrix: dst[strip][row][column] = src[row][column], strips along the columns. `sums` (or 0)
 * gets the sum of each column over the rows, or has it added.
 */
export function packStripsDown(
  src: usize, stride: usize, rows: i32, columns: i32, dst: usize, sums: usize, add: bool,
): void {
  for (let column = 0; column < columns; ) {
    const height = stripRows(columns - column);
    if (column + height > columns) downPart(src, stride, rows, columns - column, dst, (<usize>height) << 2, sums, add);
    else if (height == 6) downSix(src, stride, rows, dst, sums, add);
    else downFour(src, stride, rows, dst, sums, add);
    const bytes = (<usize>height) << 2;
    column += height;
    src += bytes;
    dst += bytes * rows;
    if (sums) sums += bytes;
  }
}

function downSix(from: usize, stride: usize, rows: i32, dst: usize, sums: usize, add: bool): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  for (let row = 0; row < rows; row++, from += stride, dst += 24) {
    const x0 = v128.load(from);
    const x1 = v128.load64_zero(from, 16);
    s0 = f32x4.add(s0, x0);
    s1 = f32x4.add(s1, x1);
    v128.store(dst, x0);
    v128.store64_lane(dst, x1, 0, 16);
  }
  if (sums) {
    v128.store(sums, add ? f32x4.add(v128.load(sums), s0) : s0);
    v128.store64_lane(sums, add ? f32x4.add(v128.load64_zero(sums, 16), s1) : s1, 0, 16);
  }
}

function downFour(from: usize, stride: usize, rows: i32, dst: usize, sums: usize, add: bool): void {
  let sum = f32x4.splat(0);
  for (let row = 0; row < rows; row++, from += stride, dst += 16) {
    const x = v128.load(from);
    sum = f32x4.add(sum, x);
    v128.store(dst, x);
  }
  if (sums) v128.store(sums, add ? f32x4.add(v128.load(sums), sum) : sum);
}

function downPart(
  from: usize, stride: usize, rows: i32, columns: i32, dst: usize, bytes: usize, sums: usize, add: bool,
): void {
  memory.fill(dst, 0, bytes * rows);
  for (let lane: usize = 0; lane < <usize>columns; lane++) {
    let sum: f32 = 0;
    let x = from + (lane << 2);
    let to = dst + (lane << 2);
    for (let row = 0; row < rows; row++, x += stride, to += bytes) {
      sum += load<f32>(x);
      store<f32>(to, load<f32>(x));
    }
    if (sums) {
      const at = sums + (lane << 2);
      store<f32>(at, add ? load<f32>(at) + sum : sum);
    }
  }
}
