// Products with weights that are stored in fewer bits: each thread turns its share of the weights back into floats in a
// private buffer, once, and multiplies all rows of x by them there. The weights as a whole never exist in 32 bits.
import { firstOf, madd, sum4 } from './simd.as';
import { tile8x8 } from './tile.as';
import { copyRow, packAcross, packDown } from './tile-pack.as';
import { decode, setWeights } from './packed-decode.as';

const DEPTH: i32 = 256; // how much of the sum goes at a time
const PANEL: i32 = 64; // columns of y that go together
const FEW: i32 = 2; // up to so many rows a dot product each is faster than a tile of eight

/**
 * y[m, columns] = x[m, depth] times W [n, k], stored row by row. Not `back`: y = x Wt, columns = n, depth = k. `back`:
 * y = x W, columns = k, depth = n. Threads share the columns of y.
 */
export function packed_matmul(
  x: usize, y: usize, format: i32, words: usize, scales: usize, codes: usize, map: usize, offset: usize, perScale: i32,
  m: i32, n: i32, k: i32, back: i32, scratch: usize, scratchBytes: i32, thread: i32, threads: i32,
): void {
  setWeights(format, words, scales, codes, map, offset, perScale);
  const columns = back ? k : n;
  const depth = back ? n : k;
  const plain = scratch + <usize>thread * <usize>scratchBytes; // [DEPTH or PANEL rows] as decoded
  const panels = plain + <usize>(DEPTH * PANEL * 4);
  const rows8 = panels + <usize>(DEPTH * PANEL * 4); // eight rows of x
  const edge = rows8 + <usize>(DEPTH * 32); // an 8 x 8 tile
  const end = firstOf(thread + 1, threads, columns, 8);
  for (let column = firstOf(thread, threads, columns, 8); column < end; column += PANEL) {
    const width = min(PANEL, end - column);
    for (let at = 0; at < depth; at += DEPTH) {
      const length = min(DEPTH, depth - at);
      const length8 = (length + 7) & ~7;
      if (back) {
        for (let row = 0; row < length; row++) decode((at + row) * k + column, width, plain + ((<usize>(row * PANEL)) << 2));
        packDown(plain, <usize>(PANEL * 4), length, width, 1, panels);
      } else {
        for (let row = 0; row < width; row++) decode((column + row) * k + at, length, plain + ((<usize>(row * DEPTH)) << 2));
        if (m <= FEW) {
          fewRows(x, y, m, columns, depth, column, width, at, length, plain);
          continue;
        }
        packAcross(plain, <usize>(DEPTH * 4), width, length, 1, panels);
      }
      const panelBytes = (<usize>(back ? length8 : length)) << 5;
      for (let row = 0; row < m; row += 8) {
        const rows = min(8, m - row);
        packAcross(x + ((<usize>row * <usize>depth + <usize>at) << 2), (<usize>depth) << 2, rows, length, 1, rows8);
        let panel = panels;
        for (let c = 0; c < width; c += 8, panel += panelBytes) {
          const to = y + ((<usize>row * <usize>columns + <usize>(column + c)) << 2);
          if (rows == 8 && c + 8 <= width) tile8x8(rows8, panel, length, to, (<usize>columns) << 2, at > 0);
          else {
            tile8x8(rows8, panel, length, edge, 32, false);
            for (let r = 0; r < rows; r++)
              copyRow(edge + ((<usize>r) << 5), min(8, width - c), 1, to + ((<usize>(r * columns)) << 2), at > 0);
          }
        }
      }
    }
  }
}

/** Rows of x one by one, each times the decoded rows of W, where packing them for tiles would cost more. */
function fewRows(
  x: usize, y: usize, m: i32, columns: i32, depth: i32, column: i32, width: i32, at: i32, length: i32, plain: usize,
): void {
  for (let row = 0; row < m; row++)
    for (let c = 0; c < width; c++) {
      const a = x + ((<usize>(row * depth + at)) << 2);
      const sum = dot(a, plain + ((<usize>(c * DEPTH)) << 2), length);
      const to = y + ((<usize>(row * columns + column + c)) << 2);
      store<f32>(to, at > 0 ? load<f32>(to) + sum : sum);
    }
}

function dot(a: usize, b: usize, length: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let i = 0;
  for (; i + 16 <= length; i += 16, a += 64, b += 64) {
    s0 = madd(v128.load(a), v128.load(b), s0);
    s1 = madd(v128.load(a, 16), v128.load(b, 16), s1);
    s2 = madd(v128.load(a, 32), v128.load(b, 32), s2);
    s3 = madd(v128.load(a, 48), v128.load(b, 48), s3);
  }
  let sum = sum4(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; i < length; i++, a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
  return sum;
}
