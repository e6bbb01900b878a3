// Sums of rows and of columns, in blocks of a size that only the shape decides. A thread makes whole sums.
import { loadPart } from './math.as';
import { firstOf, sum4 } from './simd.as';

/** x [outer, reduce] → y [outer, blocks]: each the sum of `block` neighbours (the last one of what is left). */
export function sum_rows(x: usize, y: usize, outer: i32, reduce: i32, block: i32, thread: i32, threads: i32): void {
  const blocks = (reduce + block - 1) / block;
  const total = outer * blocks;
  const end = firstOf(thread + 1, threads, total, 1);
  for (let i = firstOf(thread, threads, total, 1); i < end; i++) {
    const begin = (i % blocks) * block;
    const count = min<i32>(block, reduce - begin);
    store<f32>(y + (<usize>i << 2), rowSum(x + (<usize>((i / blocks) * reduce + begin) << 2), count));
  }
}

/** Four vectors side by side: the additions of one would wait for each other. */
@inline
function rowSum(x: usize, count: i32): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let left = count;
  for (; left >= 16; left -= 16, x += 64) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x, 16));
    c = f32x4.add(c, v128.load(x, 32));
    d = f32x4.add(d, v128.load(x, 48));
  }
  for (; left >= 4; left -= 4, x += 16) a = f32x4.add(a, v128.load(x));
  if (left > 0) b = f32x4.add(b, loadPart(x, left));
  return sum4(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** x [outer, reduce, inner] → y [outer, blocks, inner]. Threads take columns, four or sixteen at a time. */
export function sum_columns(
  x: usize, y: usize, outer: i32, reduce: i32, inner: i32, block: i32, thread: i32, threads: i32,
): void {
  const blocks = (reduce + block - 1) / block;
  const strips = (inner + 15) / 16;
  const total = outer * blocks * strips;
  const end = firstOf(thread + 1, threads, total, 1);
  for (let i = firstOf(thread, threads, total, 1); i < end; i++) {
    const column = (i % strips) * 16;
    const sums = i / strips;
    const begin = (sums % blocks) * block;
    const rows = min<i32>(block, reduce - begin);
    const from = x + (<usize>(((sums / blocks) * reduce + begin) * inner + column) << 2);
    strip(from, y + (<usize>(sums * inner + column) << 2), rows, inner, min<i32>(16, inner - column));
  }
}

/** Sums of up to 16 neighbouring columns. Every 64 rows go to the total by themselves, which keeps rounding small. */
@inline
function strip(from: usize, to: usize, rows: i32, inner: i32, columns: i32): void {
  const stride = <usize>inner << 2;
  if (columns == 16) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let row = 0; row < rows; ) {
      const end = min<i32>(rows, row + 64);
      let e = f32x4.splat(0);
      let f = e;
      let g = e;
      let h = e;
      for (; row < end; row++, from += stride) {
        e = f32x4.add(e, v128.load(from));
        f = f32x4.add(f, v128.load(from, 16));
        g = f32x4.add(g, v128.load(from, 32));
        h = f32x4.add(h, v128.load(from, 48));
      }
      a = f32x4.add(a, e);
      b = f32x4.add(b, f);
      c = f32x4.add(c, g);
      d = f32x4.add(d, h);
    }
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
    return;
  }
  for (let column = 0; column < columns; column++, from += 4) {
    let sum: f32 = 0;
    let at = from;
    for (let row = 0; row < rows; ) {
      const end = min<i32>(rows, row + 64);
      let part: f32 = 0;
      for (; row < end; row++, at += stride) part += load<f32>(at);
      sum += part;
    }
    store<f32>(to + (<usize>column << 2), sum);
  }
}
