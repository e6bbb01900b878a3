// What surrounds the inner tile of a product: packing by columns with their sums, the epilogue (alpha, bias, ReLU), and
// tiles that hang over the edge.

/**
 * Panels of eight columns: dst[panel][row][8] = src[row][column]; columns past the last are zero. `stride` is the
 * distance of rows in bytes. `sums` (or 0) gets the sum of each column over the rows, or has it added.
 */
export function packColumns(
  src: usize, stride: usize, rows: i32, columns: i32, dst: usize, sums: usize, add: bool,
): void {
  for (let column = 0; column < columns; column += 8) {
    let from = src + ((<usize>column) << 2);
    const width = columns - column;
    if (width >= 8) {
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      for (let row = 0; row < rows; row++, from += stride, dst += 32) {
        const x0 = v128.load(from);
        const x1 = v128.load(from, 16);
        s0 = f32x4.add(s0, x0);
        s1 = f32x4.add(s1, x1);
        v128.store(dst, x0);
        v128.store(dst, x1, 16);
      }
      if (sums) {
        const to = sums + ((<usize>column) << 2);
        v128.store(to, add ? f32x4.add(v128.load(to), s0) : s0);
        v128.store(to, add ? f32x4.add(v128.load(to, 16), s1) : s1, 16);
      }
    } else {
      const panel = dst;
      for (let row = 0; row < rows; row++, from += stride, dst += 32) {
        v128.store(dst, f32x4.splat(0));
        v128.store(dst, f32x4.splat(0), 16);
        for (let lane: usize = 0; lane < <usize>width; lane++)
          store<f32>(dst + (lane << 2), load<f32>(from + (lane << 2)));
      }
      if (sums) {
        for (let lane: usize = 0; lane < <usize>width; lane++) {
          let sum: f32 = 0;
          let at = panel + (lane << 2);
          for (let row = 0; row < rows; row++, at += 32) sum += load<f32>(at);
          const to = sums + ((<usize>column + lane) << 2);
          store<f32>(to, add ? load<f32>(to) + sum : sum);
        }
      }
    }
  }
}

/** In place on `rows` × 8 of c: x × alpha + bias, then ReLU. */
export function finish(c: usize, stride: usize, rows: i32, bias: usize, alpha: f32, relu: bool): void {
  const zero = f32x4.splat(0);
  const factor = f32x4.splat(alpha);
  const b0 = bias ? v128.load(bias) : zero;
  const b1 = bias ? v128.load(bias, 16) : zero;
  for (let row = 0; row < rows; row++, c += stride) {
    let x0 = f32x4.add(f32x4.mul(v128.load(c), factor), b0);
    let x1 = f32x4.add(f32x4.mul(v128.load(c, 16), factor), b1);
    if (relu) {
      x0 = f32x4.max(x0, zero);
      x1 = f32x4.max(x1, zero);
    }
    v128.store(c, x0);
    v128.store(c, x1, 16);
  }
}

/** The part of c that exists, into a tile of its own; the rest is zero. */
export function loadEdge(tile: usize, c: usize, stride: usize, height: i32, width: i32): void {
  memory.fill(tile, 0, 256);
  for (let row = 0; row < height; row++)
    memory.copy(tile + ((<usize>row) << 5), c + <usize>row * stride, (<usize>width) << 2);
}

/** The part of a tile that exists, finished, into c. */
export function storeEdge(
  tile: usize, c: usize, stride: usize, height: i32, width: i32, bias: usize, alpha: f32, relu: bool,
): void {
  for (let row: usize = 0; row < <usize>height; row++) {
    for (let lane: usize = 0; lane < <usize>width; lane++) {
      let x = load<f32>(tile + (row << 5) + (lane << 2)) * alpha + (bias ? load<f32>(bias + (lane << 2)) : 0);
      if (relu) x = max<f32>(x, 0);
      store<f32>(c + row * stride + (lane << 2), x);
    }
  }
}
