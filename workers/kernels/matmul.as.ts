// Matrix products: the left side packed in strips of six rows, the right in panels of eight columns (tile.as.ts),
// depth in blocks of 512.
// Rows or columns are split over threads, never the depth, and each sum runs in one order whatever the split, so the
// result does not depend on the number of threads. Few rows have a path of their own (matmul-thin.as.ts).
import { barrier } from './barrier.as';
import { finish, packColumns, storeEdge, loadEdge } from './matmul-tile.as';
import { firstOf } from './simd.as';
import { packStrips, packStripsDown, stripRows, stripUnit } from './matmul-strip.as';
import { packAcross } from './tile-pack.as';
import { tile4x8, tile6x8 } from './tile.as';

/** Pinned: another depth of blocks gives other sums. matmul.ts sizes the scratch by both. */
const depth: i32 = 512;
const rowBlock: i32 = 96;

let bias: usize = 0;
let alpha: f32 = 1;
let relu: bool = false;

/**
 * c[i] = activation(alpha × A[i]·B[i] + bias) for each i of the batch. A is [m, k], or [k, m] where `transposeA`; B is
 * [k, n] or [n, k]. `strideA`, `strideB`: floats from one matrix of the batch to the next, 0 where all share one.
 * `sumsA` [m] and `sumsB` [n] get the sums over k of a transposed A and of a B that is not, or are 0: the bias gradient
 * costs nothing while packing. `apart`: each thread does whole products of the batch by itself.
 */
export function matmul(
  a: usize, b: usize, c: usize, biasAt: usize, sumsA: usize, sumsB: usize, packedA: usize, packedB: usize,
  m: i32, k: i32, n: i32, transposeA: i32, transposeB: i32, alphaValue: f32, reluFlag: i32,
  batch: i32, strideA: i32, strideB: i32, apart: i32, thread: i32, threads: i32,
): void {
  bias = biasAt;
  alpha = alphaValue;
  relu = reluFlag != 0;
  packedA += <usize>thread * ((rowBlock * depth + 64) << 2);
  let first = 0;
  let last = batch;
  if (apart) {
    first = firstOf(thread, threads, batch, 1);
    last = firstOf(thread + 1, threads, batch, 1);
    packedB += <usize>thread * ((<usize>((n + 7) >> 3) * min<i32>(k, depth)) << 5);
    thread = 0;
    threads = 1;
  }
  for (let i = first; i < last; i++) {
    if (i > first && threads > 1) barrier();
    product(
      a + ((<usize>i * strideA) << 2), b + ((<usize>i * strideB) << 2), c + ((<usize>i * m * n) << 2),
      sumsA, sumsB, packedA, packedB, m, k, n, transposeA != 0, transposeB != 0, thread, threads,
    );
  }
}

function product(
  a: usize, b: usize, c: usize, sumsA: usize, sumsB: usize, packedA: usize, packedB: usize,
  m: i32, k: i32, n: i32, transposeA: bool, transposeB: bool, thread: i32, threads: i32,
): void {
  const panels = (n + 7) >> 3;
  const strips = (m + stripUnit - 1) / stripUnit;
  // Rows, unless columns divide clearly better: each thread packs its own rows of A.
  const byRows = 16 * ((strips + threads - 1) / threads) * panels <= 18 * strips * ((panels + threads - 1) / threads);
  const row0 = byRows ? firstOf(thread, threads, m, stripUnit) : 0;
  const row1 = byRows ? firstOf(thread + 1, threads, m, stripUnit) : m;
  const panel0 = byRows ? 0 : firstOf(thread, threads, panels, 1);
  const panel1 = byRows ? panels : firstOf(thread + 1, threads, panels, 1);
  if (!byRows && thread > 0) sumsA = 0;
  const pack0 = firstOf(thread, threads, panels, 1);
  const pack1 = firstOf(thread + 1, threads, panels, 1);
  for (let k0 = 0; k0 < k; k0 += depth) {
    const kk = min<i32>(depth, k - k0);
    if (k0 > 0 && threads > 1) barrier();
    packB(b, packedB, pack0, pack1, k0, kk, k, n, transposeB, sumsB);
    if (threads > 1) barrier();
    rows(a, c, sumsA, packedA, packedB, row0, row1, panel0, panel1, k0, kk, m, k, n, transposeA);
  }
}

function packB(
  b: usize, packedB: usize, panel0: i32, panel1: i32, k0: i32, kk: i32, k: i32, n: i32, transposed: bool, sums: usize,
): void {
  const to = packedB + ((<usize>panel0 * kk) << 5);
  const column0 = panel0 << 3;
  const columns = min<i32>(panel1 << 3, n) - column0;
  if (columns <= 0) return;
  if (transposed) {
    packAcross(b + ((<usize>column0 * k + k0) << 2), (<usize>k) << 2, columns, kk, 1, to);
  } else {
    const from = b + ((<usize>k0 * n + column0) << 2);
    packColumns(from, (<usize>n) << 2, kk, columns, to, sums ? sums + ((<usize>column0) << 2) : 0, k0 > 0);
  }
}

/** Rows row0..row1 by panels panel0..panel1, one block of the depth. */
function rows(
  a: usize, c: usize, sums: usize, packedA: usize, packedB: usize, row0: i32, row1: i32, panel0: i32, panel1: i32,
  k0: i32, kk: i32, m: i32, k: i32, n: i32, transposed: bool,
): void {
  const add = k0 > 0;
  const final = k0 + kk == k && (bias != 0 || alpha != 1 || relu);
  const stride = (<usize>n) << 2;
  const edge = packedA + ((rowBlock * depth) << 2);
  const blocks = (row1 - row0 + rowBlock - 1) / rowBlock;
  for (let block = 0; block < blocks; block++) {
    const i0 = row0 + firstOf(block, blocks, row1 - row0, stripUnit);
    const i1 = row0 + firstOf(block + 1, blocks, row1 - row0, stripUnit);
    if (transposed) {
      const from = a + ((<usize>k0 * m + i0) << 2);
      packStripsDown(from, (<usize>m) << 2, kk, i1 - i0, packedA, sums ? sums + ((<usize>i0) << 2) : 0, add);
    } else {
      packStrips(a + ((<usize>i0 * k + k0) << 2), (<usize>k) << 2, i1 - i0, kk, packedA);
    }
    for (let panel = panel0; panel < panel1; panel++) {
      const column = panel << 3;
      const width = min<i32>(8, n - column);
      const pb = packedB + ((<usize>panel * kk) << 5);
      const biasHere = bias ? bias + ((<usize>column) << 2) : 0;
      let pa = packedA;
      for (let i = i0; i < i1; ) {
        const to = c + ((<usize>i * n + column) << 2);
        const height = stripRows(i1 - i);
        const present = min<i32>(height, i1 - i);
        if (width == 8 && height == present) {
          tile(height, pa, pb, kk, to, stride, add);
          if (final) finish(to, stride, height, biasHere, alpha, relu);
        } else {
          if (add) loadEdge(edge, to, stride, present, width);
          tile(height, pa, pb, kk, edge, 32, add);
          if (final) storeEdge(edge, to, stride, present, width, biasHere, alpha, relu);
          else storeEdge(edge, to, stride, present, width, 0, 1, false);
        }
        i += height;
        pa += (<usize>height * kk) << 2;
      }
    }
  }
}

@inline
function tile(height: i32, a: usize, b: usize, k: i32, c: usize, stride: usize, add: bool): void {
  if (height == 6) tile6x8(a, b, k, c, stride, add);
  else tile4x8(a, 16, b, k, c, stride, add);
}
