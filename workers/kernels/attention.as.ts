// Attention forward, in tiles of eight queries: scores of a block of keys, softmax over what was seen so far, and the
// sum of values, all in buffers of the thread. Nothing of size queries x keys is ever stored.
import { expFlushed4, log4 } from './math.as';
import { tile8x8 } from './tile.as';
import { copyRow, packAcross, packDown } from './tile-pack.as';
import {
  biasRow, cap, capped, dim, endKey, firstKey, group, heads, keys, kvHeads, paddedDim, queries, scale, setExtras, setSizes,
} from './attention-shape.as';

const CHUNK: i32 = 256; // queries a task
const BLOCK: i32 = 256; // keys packed at a time
const UNSEEN: f32 = -1e30;

/** Bytes of private memory a thread needs: `attentionScratchWords` in attention-shape.ts says the same in words. */
let kAcross: usize, vDown: usize, qAcross: usize, scores: usize, sums: usize, most: usize, total: usize;

function layOut(scratch: usize): void {
  const d8 = <usize>paddedDim();
  kAcross = scratch;
  vDown = kAcross + <usize>BLOCK * d8 * 4;
  qAcross = vDown + <usize>BLOCK * d8 * 4;
  scores = qAcross + 8 * d8 * 4;
  sums = scores + <usize>BLOCK * 32;
  most = sums + <usize>CHUNK * d8 * 4;
  total = most + <usize>CHUNK * 4;
}

export function attention(
  q: usize, k: usize, v: usize, ranges: usize, bias: usize, out: usize, logSums: usize, scratch: usize, scratchBytes: i32,
  qStride: i32, qOffset: i32, kStride: i32, kOffset: i32, vStride: i32, vOffset: i32,
  b: i32, nq: i32, nk: i32, h: i32, kv: i32, d: i32, causal: i32, window: i32, s: f32, c: f32,
  rangeBatch: i32, rangeRows: i32, biasBatch: i32, thread: i32, threads: i32,
): void {
  setSizes(b, nq, nk, h, kv, d, causal, window, s, c);
  setExtras(ranges, rangeBatch, rangeRows, bias, biasBatch);
  layOut(scratch + <usize>thread * <usize>scratchBytes);
  const chunks = (nq + CHUNK - 1) / CHUNK;
  const tasks = b * kv * chunks;
  const from = <i32>((<i64>tasks * thread) / threads);
  const to = <i32>((<i64>tasks * (thread + 1)) / threads);
  for (let task = from; task < to; task++) {
    const row = task / (kv * chunks);
    const kvHead = (task / chunks) % kv;
    const start = (task % chunks) * CHUNK;
    const count = min(CHUNK, nq - start);
    const kRow = k + ((<usize>(row * nk) * <usize>kStride + <usize>(kOffset + kvHead * d)) << 2);
    const vRow = v + ((<usize>(row * nk) * <usize>vStride + <usize>(vOffset + kvHead * d)) << 2);
    // Texts side by side see a few of the keys each: the other blocks are not even packed.
    let low = nk, high = 0;
    for (let query = start; query < start + count; query++) {
      const first = firstKey(row, query), end = min(nk, endKey(row, query));
      if (first >= end) continue;
      low = min(low, max(0, first));
      high = max(high, end);
    }
    const firstBlock = low - low % BLOCK;
    let packed = -1;
    for (let g = 0; g < group; g++) {
      const head = kvHead * group + g;
      const qRow = q + ((<usize>(row * nq + start) * <usize>qStride + <usize>(qOffset + head * d)) << 2);
      begin(count);
      for (let block = firstBlock; block < high; block += BLOCK) {
        const width = min(BLOCK, nk - block);
        if (packed != block) {
          packAcross(kRow + ((<usize>block * <usize>kStride) << 2), (<usize>kStride) << 2, width, d, 1, kAcross);
          packDown(vRow + ((<usize>block * <usize>vStride) << 2), (<usize>vStride) << 2, width, d, 1, vDown);
          packed = block;
        }
        for (let tile = 0; tile < count; tile += 8) {
          const rows = min(8, count - tile);
          attendTile(row, head, start + tile, tile, rows, qRow, (<usize>qStride) << 2, block, width);
        }
      }
      finish(row, head, start, count, out, logSums);
    }
  }
}

function begin(count: i32): void {
  const rows = (count + 7) & ~7;
  memory.fill(sums, 0, <usize>rows * <usize>paddedDim() * 4);
  memory.fill(total, 0, <usize>rows * 4);
  for (let row = 0; row < rows; row += 4) v128.store(most + ((<usize>row) << 2), f32x4.splat(UNSEEN));
}

/** Eight queries against the packed block of keys. */
function attendTile(b: i32, head: i32, query: i32, tile: i32, rows: i32, qRow: usize, stride: usize, block: i32, width: i32): void {
  // Which keys of this block each of the eight queries sees; lanes past the last query see none.
  let first0 = i32x4.splat(0), first1 = first0, end0 = first0, end1 = first0;
  let low = width, high = 0, whole = rows == 8;
  for (let lane = 0; lane < rows; lane++) {
    const first = max(0, firstKey(b, query + lane) - block);
    const end = min(width, endKey(b, query + lane) - block);
    store<i32>(scores + ((<usize>lane) << 2), first);
    store<i32>(scores + ((<usize>lane) << 2), end, 32);
    if (first < end) {
      low = min(low, first);
      high = max(high, end);
    }
  }
  if (low >= high) return;
  low &= ~7;
  const high8 = (high + 7) & ~7;
  for (let lane = 0; lane < 8; lane++) {
    if (lane >= rows) {
      store<i32>(scores + ((<usize>lane) << 2), 0);
      store<i32>(scores + ((<usize>lane) << 2), 0, 32);
    }
    if (load<i32>(scores + ((<usize>lane) << 2)) > low || load<i32>(scores + ((<usize>lane) << 2), 32) < high8) whole = false;
  }
  first0 = v128.load(scores);
  first1 = v128.load(scores, 16);
  end0 = v128.load(scores, 32);
  end1 = v128.load(scores, 48);

  packAcross(qRow + <usize>tile * stride, stride, rows, dim, scale, qAcross);
  for (let key = low; key < high8; key += 8)
    tile8x8(kAcross + <usize>key * <usize>dim * 4, qAcross, dim, scores + ((<usize>key) << 5), 32, false);
  if (cap > 0) capScores(low, high8);
  if (biasRow(b, head, query)) addBias(b, head, query, rows, block, low, min(high8, width));

  // The largest score so far of each query.
  const mostAt = most + ((<usize>tile) << 2);
  const before0 = v128.load(mostAt);
  const before1 = v128.load(mostAt, 16);
  let most0 = before0, most1 = before1;
  const unseen = f32x4.splat(UNSEEN);
  let at = scores + ((<usize>low) << 5);
  const stop = scores + ((<usize>high8) << 5);
  if (whole) {
    for (; at < stop; at += 32) {
      most0 = f32x4.pmax(most0, v128.load(at));
      most1 = f32x4.pmax(most1, v128.load(at, 16));
    }
  } else {
    for (let key = low; at < stop; at += 32, key++) {
      const position = i32x4.splat(key);
      const seen0 = v128.and(i32x4.le_s(first0, position), i32x4.lt_s(position, end0));
      const seen1 = v128.and(i32x4.le_s(first1, position), i32x4.lt_s(position, end1));
      const s0 = v128.bitselect(v128.load(at), unseen, seen0);
      const s1 = v128.bitselect(v128.load(at, 16), unseen, seen1);
      v128.store(at, s0);
      v128.store(at, s1, 16);
      most0 = f32x4.pmax(most0, s0);
      most1 = f32x4.pmax(most1, s1);
    }
  }
  // A query that has seen no key yet keeps the largest at UNSEEN; subtracting half of it leaves exp at exactly 0.
  const floor = f32x4.splat(UNSEEN * 0.5);
  const base0 = f32x4.pmax(most0, floor);
  const base1 = f32x4.pmax(most1, floor);
  let sum0 = f32x4.splat(0), sum1 = sum0;
  for (at = scores + ((<usize>low) << 5); at < stop; at += 32) {
    const p0 = expFlushed4(f32x4.sub(v128.load(at), base0));
    const p1 = expFlushed4(f32x4.sub(v128.load(at, 16), base1));
    v128.store(at, p0);
    v128.store(at, p1, 16);
    sum0 = f32x4.add(sum0, p0);
    sum1 = f32x4.add(sum1, p1);
  }
  v128.store(mostAt, most0);
  v128.store(mostAt, most1, 16);
  const totalAt = total + ((<usize>tile) << 2);
  const sumsAt = sums + <usize>tile * <usize>paddedDim() * 4;
  if (block > 0) {
    const shrink0 = expFlushed4(f32x4.sub(before0, base0));
    const shrink1 = expFlushed4(f32x4.sub(before1, base1));
    sum0 = f32x4.add(sum0, f32x4.mul(v128.load(totalAt), shrink0));
    sum1 = f32x4.add(sum1, f32x4.mul(v128.load(totalAt, 16), shrink1));
    shrinkSums(sumsAt, shrink0, shrink1);
  }
  v128.store(totalAt, sum0);
  v128.store(totalAt, sum1, 16);
  const width8 = <usize>((width + 7) & ~7);
  const d8 = paddedDim();
  for (let column = 0; column < d8; column += 8)
    tile8x8(scores + ((<usize>low) << 5), vDown + (((<usize>(column >> 3)) * width8 + <usize>low) << 5), high8 - low, sumsAt + ((<usize>column) << 5), 32, true);
}

function capScores(low: i32, high: i32): void {
  const stop = scores + ((<usize>high) << 5);
  for (let at = scores + ((<usize>low) << 5); at < stop; at += 16) v128.store(at, capped(v128.load(at)));
}

function addBias(b: i32, head: i32, query: i32, rows: i32, block: i32, low: i32, high: i32): void {
  for (let lane = 0; lane < rows; lane++) {
    let from = biasRow(b, head, query + lane) + ((<usize>(block + low)) << 2);
    let at = scores + ((<usize>low) << 5) + ((<usize>lane) << 2);
    for (let key = low; key < high; key++, from += 4, at += 32) store<f32>(at, load<f32>(at) + load<f32>(from));
  }
}

/** The sums of a tile, [dim / 8][8 queries][8], times a factor a query. */
function shrinkSums(at: usize, f0: v128, f1: v128): void {
  v128.store(qAcross, f0);
  v128.store(qAcross, f1, 16);
  for (let column = 0; column < paddedDim(); column += 8)
    for (let lane: usize = 0; lane < 8; lane++, at += 32) {
      const f = v128.load32_splat(qAcross + (lane << 2));
      v128.store(at, f32x4.mul(v128.load(at), f));
      v128.store(at, f32x4.mul(v128.load(at, 16), f), 16);
    }
}

/** Divides by the totals and writes the rows and their log-sum-exp; a query that sees no key gives zeros. */
function finish(b: i32, head: i32, start: i32, count: i32, out: usize, logSums: usize): void {
  const width = heads * dim;
  const d8 = paddedDim();
  const logsAt = logSums + ((<usize>((b * heads + head) * queries + start)) << 2);
  for (let row = 0; row < count; row++) {
    const sum = load<f32>(total + ((<usize>row) << 2));
    const factor: f32 = sum > 0 ? 1 / sum : 0;
    const log: f32 = sum > 0 ? load<f32>(most + ((<usize>row) << 2)) + f32x4.extract_lane(log4(f32x4.splat(sum)), 0) : 0;
    store<f32>(logsAt + ((<usize>row) << 2), log);
    const to = out + ((<usize>((b * queries + start + row) * width + head * dim)) << 2);
    const from = sums + <usize>(row & ~7) * <usize>d8 * 4 + ((<usize>(row & 7)) << 5);
    copyRow(from, dim, factor, to, false);
  }
}
