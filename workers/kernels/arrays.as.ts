// Words moved and set, whatever they mean: fill, copy, strided copy, transpose; and the two conversions that are as
// simple. Split by elements or by strips.
import { loadPart, storePart } from './math.as';
import { firstOf, madd } from './simd.as';

@inline
function spread(y: usize, count: i32, value: v128, thread: i32, threads: i32): void {
  let at = y + (<usize>firstOf(thread, threads, count, 16) << 2);
  const end = y + (<usize>firstOf(thread + 1, threads, count, 16) << 2);
  for (; at + 16 <= end; at += 16) v128.store(at, value);
  if (at < end) storePart(at, value, <i32>(end - at) >> 2);
}

export function fill(y: usize, count: i32, value: f32, thread: i32, threads: i32): void {
  spread(y, count, f32x4.splat(value), thread, threads);
}

export function fill_integers(y: usize, count: i32, value: i32, thread: i32, threads: i32): void {
  spread(y, count, i32x4.splat(value), thread, threads);
}

export function copy(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  const begin = <usize>firstOf(thread, threads, count, 16) << 2;
  const end = <usize>firstOf(thread + 1, threads, count, 16) << 2;
  memory.copy(y + begin, x + begin, end - begin);
}

/** y = factor × x + shift. */
export function scale(x: usize, y: usize, count: i32, factor: f32, shift: f32, thread: i32, threads: i32): void {
  const factors = f32x4.splat(factor);
  const shifts = f32x4.splat(shift);
  const end = firstOf(thread + 1, threads, count, 16);
  let i = firstOf(thread, threads, count, 16);
  for (; i + 4 <= end; i += 4)
    v128.store(y + (<usize>i << 2), madd(v128.load(x + (<usize>i << 2)), factors, shifts));
  if (i < end) storePart(y + (<usize>i << 2), madd(loadPart(x + (<usize>i << 2), end - i), factors, shifts), end - i);
}

export function square_root(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, count, 16);
  let i = firstOf(thread, threads, count, 16);
  for (; i + 4 <= end; i += 4) v128.store(y + (<usize>i << 2), f32x4.sqrt(v128.load(x + (<usize>i << 2))));
  if (i < end) storePart(y + (<usize>i << 2), f32x4.sqrt(loadPart(x + (<usize>i << 2), end - i)), end - i);
}

/** Whole numbers to floats. */
export function to_floats(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, count, 16);
  let i = firstOf(thread, threads, count, 16);
  for (; i + 4 <= end; i += 4) v128.store(y + (<usize>i << 2), f32x4.convert_i32x4_s(v128.load(x + (<usize>i << 2))));
  if (i < end) storePart(y + (<usize>i << 2), f32x4.convert_i32x4_s(loadPart(x + (<usize>i << 2), end - i)), end - i);
}

/** n0 × n1 × n2 × n3 words from x + fromOffset to y + toOffset, each with its own strides. */
export function copy_strided(
  x: usize, y: usize, fromOffset: i32, toOffset: i32,
  n0: i32, n1: i32, n2: i32, n3: i32,
  x0: i32, x1: i32, x2: i32, x3: i32,
  y0: i32, y1: i32, y2: i32, y3: i32,
  thread: i32, threads: i32,
): void {
  const total = n0 * n1 * n2 * n3;
  let at = firstOf(thread, threads, total, 16);
  const end = firstOf(thread + 1, threads, total, 16);
  while (at < end) {
    const column = at % n3;
    const line = at / n3;
    const i2 = line % n2;
    const i1 = (line / n2) % n1;
    const i0 = line / n2 / n1;
    const count = min<i32>(n3 - column, end - at);
    let from = x + (<usize>(fromOffset + i0 * x0 + i1 * x1 + i2 * x2 + column * x3) << 2);
    let to = y + (<usize>(toOffset + i0 * y0 + i1 * y1 + i2 * y2 + column * y3) << 2);
    if (x3 == 1 && y3 == 1) words(from, to, count);
    else
      for (let i = 0; i < count; i++) {
        store<u32>(to, load<u32>(from));
        from += <usize>x3 << 2;
        to += <usize>y3 << 2;
      }
    at += count;
  }
}

/** A call of memory.copy costs more than a few vectors. */
@inline
function words(from: usize, to: usize, count: i32): void {
  if (count > 64) {
    memory.copy(to, from, <usize>count << 2);
    return;
  }
  let left = count;
  for (; left >= 4; left -= 4, from += 16, to += 16) v128.store(to, v128.load(from));
  if (left > 0) storePart(to, loadPart(from, left), left);
}

/**
 * Swaps two axes: x has stride 1 along `across` and `xDown` along `down`; y has stride 1 along `down` and `yAcross`
 * along `across`. Around them n0 × n1 such planes. In squares of 4 × 4; threads take strips of 4.
 */
export function transpose(
  x: usize, y: usize, n0: i32, n1: i32,
  x0: i32, x1: i32, y0: i32, y1: i32,
  across: i32, down: i32, xDown: i32, yAcross: i32,
  thread: i32, threads: i32,
): void {
  const strips = (across + 3) / 4;
  const total = n0 * n1 * strips;
  const end = firstOf(thread + 1, threads, total, 1);
  for (let i = firstOf(thread, threads, total, 1); i < end; i++) {
    const column = (i % strips) * 4;
    const i1 = (i / strips) % n1;
    const i0 = i / strips / n1;
    const from = x + (<usize>(i0 * x0 + i1 * x1 + column) << 2);
    const to = y + (<usize>(i0 * y0 + i1 * y1 + column * yAcross) << 2);
    strip(from, to, min<i32>(4, across - column), down, <usize>xDown << 2, <usize>yAcross << 2);
  }
}

function strip(from: usize, to: usize, columns: i32, down: i32, xStride: usize, yStride: usize): void {
  let row = 0;
  if (columns == 4)
    for (; row + 4 <= down; row += 4, from += 4 * xStride, to += 16) {
      const a = v128.load(from);
      const b = v128.load(from + xStride);
      const c = v128.load(from + 2 * xStride);
      const d = v128.load(from + 3 * xStride);
      const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f64>(ab0, cd0, 0, 2));
      v128.store(to + yStride, v128.shuffle<f64>(ab0, cd0, 1, 3));
      v128.store(to + 2 * yStride, v128.shuffle<f64>(ab1, cd1, 0, 2));
      v128.store(to + 3 * yStride, v128.shuffle<f64>(ab1, cd1, 1, 3));
    }
  for (; row < down; row++, from += xStride, to += 4)
    for (let column = 0; column < columns; column++)
      store<u32>(to + <usize>column * yStride, load<u32>(from + (<usize>column << 2)));
}
