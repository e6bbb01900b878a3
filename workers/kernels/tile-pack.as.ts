// Packing for tile8x8: rows of a strided matrix become panels of eight, padded with zeros.

/**
 * Panels across rows: dst[panel][column][8 rows] = factor x src[row][column]. `stride` is the distance of rows in
 * bytes; rows past `rows` are zero. Panels: ceil(rows / 8).
 */
export function packAcross(src: usize, stride: usize, rows: i32, columns: i32, factor: f32, dst: usize): void {
  const f = f32x4.splat(factor);
  for (let row = 0; row < rows; row += 8) {
    const base = src + <usize>row * stride;
    if (row + 8 <= rows) {
      let column = 0;
      for (; column + 4 <= columns; column += 4) {
        const from = base + ((<usize>column) << 2);
        const to = dst + ((<usize>column) << 5);
        transpose4(from, stride, f, to, 32);
        transpose4(from + (stride << 2), stride, f, to + 16, 32);
      }
      for (; column < columns; column++) {
        let from = base + ((<usize>column) << 2);
        const to = dst + ((<usize>column) << 5);
        for (let lane: usize = 0; lane < 8; lane++, from += stride) store<f32>(to + (lane << 2), load<f32>(from) * factor);
      }
    } else {
      memory.fill(dst, 0, (<usize>columns) << 5);
      for (let lane = 0; row + lane < rows; lane++) {
        const from = base + <usize>lane * stride;
        for (let column: usize = 0; column < <usize>columns; column++)
          store<f32>(dst + (column << 5) + ((<usize>lane) << 2), load<f32>(from + (column << 2)) * factor);
      }
    }
    dst += (<usize>columns) << 5;
  }
}

/** Four rows by four columns turned over, times `f`; `stride` and `step` are the distances of rows here and there. */
@inline
export function transpose4(from: usize, stride: usize, f: v128, to: usize, step: usize): void {
  const r0 = f32x4.mul(v128.load(from), f);
  const r1 = f32x4.mul(v128.load(from + stride), f);
  const r2 = f32x4.mul(v128.load(from + stride * 2), f);
  const r3 = f32x4.mul(v128.load(from + stride * 3), f);
  const t0 = i32x4.shuffle(r0, r1, 0, 4, 1, 5);
  const t1 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const t2 = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
  const t3 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(to, i32x4.shuffle(t0, t2, 0, 1, 4, 5));
  v128.store(to + step, i32x4.shuffle(t0, t2, 2, 3, 6, 7));
  v128.store(to + step * 2, i32x4.shuffle(t1, t3, 0, 1, 4, 5));
  v128.store(to + step * 3, i32x4.shuffle(t1, t3, 2, 3, 6, 7));
}

/** An 8 x 8 block of floats turned over: to[j][i] = from[i][j], both packed eight a row. */
export function transpose8(from: usize, to: usize): void {
  const one = f32x4.splat(1);
  transpose4(from, 32, one, to, 32);
  transpose4(from + 16, 32, one, to + 128, 32);
  transpose4(from + 128, 32, one, to + 16, 32);
  transpose4(from + 144, 32, one, to + 144, 32);
}

/**
 * Panels across columns: dst[panel][row][8 columns] = factor x src[row][column], `rows` rounded up to eight with zero
 * rows, columns past `columns` zero. Panels: ceil(columns / 8).
 */
export function packDown(src: usize, stride: usize, rows: i32, columns: i32, factor: f32, dst: usize): void {
  const f = f32x4.splat(factor);
  const padded = (rows + 7) & ~7;
  for (let column = 0; column < columns; column += 8) {
    let from = src + ((<usize>column) << 2);
    const width = min(columns - column, 8);
    for (let row = 0; row < rows; row++, from += stride, dst += 32) {
      if (width == 8) {
        v128.store(dst, f32x4.mul(v128.load(from), f));
        v128.store(dst, f32x4.mul(v128.load(from, 16), f), 16);
      } else {
        v128.store(dst, f32x4.splat(0));
        v128.store(dst, f32x4.splat(0), 16);
        for (let lane: usize = 0; lane < <usize>width; lane++)
          store<f32>(dst + (lane << 2), load<f32>(from + (lane << 2)) * factor);
      }
    }
    for (let row = rows; row < padded; row++, dst += 32) {
      v128.store(dst, f32x4.splat(0));
      v128.store(dst, f32x4.splat(0), 16);
    }
  }
}

/**
 * One row of the 8 x 8 tiles that lie behind each other (256 bytes apart), times a factor, to consecutive floats.
 * `add`: onto what is there.
 */
export function copyRow(from: usize, columns: i32, factor: f32, to: usize, add: bool): void {
  const f = f32x4.splat(factor);
  let column = 0;
  for (; column + 8 <= columns; column += 8, from += 256, to += 32) {
    let low = f32x4.mul(v128.load(from), f);
    let high = f32x4.mul(v128.load(from, 16), f);
    if (add) {
      low = f32x4.add(v128.load(to), low);
      high = f32x4.add(v128.load(to, 16), high);
    }
    v128.store(to, low);
    v128.store(to, high, 16);
  }
  for (; column < columns; column++, from += 4, to += 4)
    store<f32>(to, load<f32>(from) * factor + (add ? load<f32>(to) : 0));
}
