// Attention backward: probabilities are computed again, block by block, from the log-sum-exp that forward kept
// (Dao, FlashAttention-2, 2023). Three ways to share the work, chosen by shape and never by the number of threads:
// a task is a (batch row, key head) and gives all three gradients (1 + 2), or a chunk of queries gives dq (1), or a
// block of keys gives dk and dv (2). Each gradient is summed by one thread in one order.
import { tile8x8 } from './tile.as';
import { copyRow, packAcross, packDown, transpose8 } from './tile-pack.as';
import { dim, endKey, firstKey, group, heads, keys, paddedDim, queries, scale, setExtras, setSizes } from './attention-shape.as';
import {
  blockSlopes, BLOCK, dkSums, doAcross, doDown, dqTile, dvSums, k, kAcross, kDown, kOffset, kStride, layOut, packQueries, qAcross,
  qDown, qOffset, qStride, ROWS, setAddresses, setStrides, slopes, spans, turned, v, vAcross, vOffset, vStride, weights,
} from './attention-block.as';

const CHUNK: i32 = 256; // queries of a task that gives dq alone

let dq: usize, dk: usize, dv: usize;

export function attention_grad(
  q_: usize, k_: usize, v_: usize, ranges: usize, bias: usize, out: usize, logSums: usize, upstream: usize, logUpstream: usize,
  dq_: usize, dk_: usize, dv_: usize, scratch: usize, scratchBytes: i32,
  qStride_: i32, qOffset_: i32, kStride_: i32, kOffset_: i32, vStride_: i32, vOffset_: i32,
  b: i32, nq: i32, nk: i32, h: i32, kv: i32, d: i32, causal: i32, window: i32, s: f32, c: f32,
  rangeBatch: i32, rangeRows: i32, biasBatch: i32, parts: i32, thread: i32, threads: i32,
): void {
  setSizes(b, nq, nk, h, kv, d, causal, window, s, c);
  setExtras(ranges, rangeBatch, rangeRows, bias, biasBatch);
  setAddresses(q_, k_, v_, out, logSums, upstream, logUpstream);
  setStrides(qStride_, qOffset_, kStride_, kOffset_, vStride_, vOffset_);
  dq = dq_;
  dk = dk_;
  dv = dv_;
  layOut(scratch + <usize>thread * <usize>scratchBytes);
  const pieces = parts == 1 ? (nq + CHUNK - 1) / CHUNK : parts == 2 ? (nk + BLOCK - 1) / BLOCK : 1;
  const tasks = b * kv * pieces;
  const from = <i32>((<i64>tasks * thread) / threads);
  const to = <i32>((<i64>tasks * (thread + 1)) / threads);
  for (let task = from; task < to; task++) {
    const row = task / (kv * pieces);
    const kvHead = (task / pieces) % kv;
    const piece = task % pieces;
    if (parts == 1) backward(row, kvHead, parts, piece * CHUNK, min(nq, (piece + 1) * CHUNK), 0, nk);
    else if (parts == 2) backward(row, kvHead, parts, 0, nq, piece * BLOCK, min(nk, (piece + 1) * BLOCK));
    else backward(row, kvHead, parts, 0, nq, 0, nk);
  }
}

function backward(b: i32, kvHead: i32, parts: i32, q0: i32, q1: i32, k0: i32, k1: i32): void {
  const headBytes = (<usize>dim) << 2;
  if (parts & 1) {
    const width = <usize>group * headBytes;
    for (let row = q0; row < q1; row++)
      memory.fill(dq + <usize>(b * queries + row) * qStride + qOffset + <usize>(kvHead * group) * headBytes, 0, width);
  }
  const d8 = paddedDim();
  for (let block = k0; block < k1; block += BLOCK) {
    const width = min(BLOCK, k1 - block);
    const kRow = k + <usize>(b * keys + block) * kStride + kOffset + <usize>kvHead * headBytes;
    packAcross(kRow, kStride, width, dim, 1, kAcross);
    packAcross(v + <usize>(b * keys + block) * vStride + vOffset + <usize>kvHead * headBytes, vStride, width, dim, 1, vAcross);
    if (parts & 1) packDown(kRow, kStride, width, dim, scale, kDown);
    if (parts & 2) memory.fill(dkSums, 0, <usize>(2 * BLOCK * d8 * 4));
    for (let g = 0; g < group; g++)
      for (let row = q0; row < q1; row += ROWS) backwardRows(b, kvHead * group + g, parts, row, min(ROWS, q1 - row), block, width);
    if (parts & 2)
      for (let key = 0; key < width; key++) {
        const from = (<usize>(key & ~7) * <usize>d8 * 4) + ((<usize>(key & 7)) << 5);
        copyRow(dkSums + from, dim, 1, dk + <usize>(b * keys + block + key) * kStride + kOffset + <usize>kvHead * headBytes, false);
        copyRow(dvSums + from, dim, 1, dv + <usize>(b * keys + block + key) * vStride + vOffset + <usize>kvHead * headBytes, false);
      }
  }
}

/** What up to 64 queries of one head add to the gradients of the packed block of keys, and the block to theirs. */
function backwardRows(b: i32, head: i32, parts: i32, query: i32, rows: i32, block: i32, width: i32): void {
  let low = width, high = 0;
  for (let row = 0; row < rows; row++) {
    const first = max(0, firstKey(b, query + row) - block);
    const end = min(width, endKey(b, query + row) - block);
    if (first >= end) continue;
    low = min(low, first);
    high = max(high, end);
  }
  if (low >= high) return;
  packQueries(b, head, parts, query, rows);
  const panels = (width + 7) >> 3;
  // For each panel of keys, the tiles of queries that see it: [from, to).
  for (let panel = 0; panel < panels; panel++) {
    store<i32>(spans + ((<usize>panel) << 3), ROWS);
    store<i32>(spans + ((<usize>panel) << 3), 0, 4);
  }
  for (let tile = 0; tile < rows; tile += 8) backwardTile(b, head, parts, query + tile, tile, min(8, rows - tile), block, width);
  if (!(parts & 2)) return;
  const d8 = paddedDim();
  for (let panel = low >> 3; panel < (high + 7) >> 3; panel++) {
    const from = load<i32>(spans + ((<usize>panel) << 3));
    const to = load<i32>(spans + ((<usize>panel) << 3), 4);
    if (from >= to) continue;
    const a = <usize>(panel * ROWS + from) << 5;
    const sums = <usize>(panel * 8 * d8) << 2;
    for (let column = 0; column < d8; column += 8) {
      const rowsAt = (<usize>((column >> 3) * ROWS + from)) << 5;
      tile8x8(slopes + a, qDown + rowsAt, to - from, dkSums + sums + ((<usize>column) << 5), 32, true);
      tile8x8(weights + a, doDown + rowsAt, to - from, dvSums + sums + ((<usize>column) << 5), 32, true);
    }
  }
}

function backwardTile(b: i32, head: i32, parts: i32, query: i32, tile: i32, rows: i32, block: i32, width: i32): void {
  let low = width, high = 0;
  for (let row = 0; row < rows; row++) {
    const first = max(0, firstKey(b, query + row) - block);
    const end = min(width, endKey(b, query + row) - block);
    if (first >= end) continue;
    low = min(low, first);
    high = max(high, end);
  }
  if (low >= high) {
    for (let key = 0; key < width; key += 8) clearBlock(key >> 3, tile);
    return;
  }
  const tileAt = (<usize>(tile * dim)) << 2;
  const from = low >> 3;
  const to = (high + 7) >> 3;
  for (let panel = 0; panel < (width + 7) >> 3; panel++) {
    if (panel < from || panel >= to) {
      clearBlock(panel, tile);
      continue;
    }
    const span = spans + ((<usize>panel) << 3);
    store<i32>(span, min(load<i32>(span), tile));
    store<i32>(span, max(load<i32>(span, 4), tile + 8), 4);
    const at = (<usize>(panel * ROWS + tile)) << 5;
    const panelAt = (<usize>(panel * 8 * dim)) << 2;
    tile8x8(qAcross + tileAt, kAcross + panelAt, dim, weights + at, 32, false);
    tile8x8(doAcross + tileAt, vAcross + panelAt, dim, slopes + at, 32, false);
    blockSlopes(b, head, query, tile, rows, block, panel << 3, width, true, weights + at, slopes + at);
    if (parts & 1) transpose8(slopes + at, turned + ((<usize>(panel - from)) << 8));
  }
  if (!(parts & 1)) return;
  const d8 = paddedDim();
  const width8 = (width + 7) & ~7;
  for (let column = 0; column < d8; column += 8)
    tile8x8(turned, kDown + ((<usize>((column >> 3) * width8 + (from << 3))) << 5), (to - from) << 3, dqTile + ((<usize>column) << 5), 32, false);
  for (let row = 0; row < rows; row++)
    copyRow(dqTile + ((<usize>row) << 5), dim, 1, dq + <usize>(b * queries + query + row) * qStride + qOffset + ((<usize>(head * dim)) << 2), true);
}

function clearBlock(panel: i32, tile: i32): void {
  const at = (<usize>(panel * ROWS + tile)) << 5;
  memory.fill(weights + at, 0, 256);
  memory.fill(slopes + at, 0, 256);
}

