// Gradient of attention's bias: the gradient of every score, which is what the bias is added to. A task is a chunk of
// queries of one head; where the bias is one for the whole batch the task sums over it in order.
import { tile8x8 } from './tile.as';
import { packAcross } from './tile-pack.as';
import { dim, endKey, firstKey, group, heads, keys, queries, setExtras, setSizes } from './attention-shape.as';
import {
  blockSlopes, BLOCK, doAcross, k, kAcross, kOffset, kStride, layOut, packQueries, qAcross, ROWS, setAddresses, setStrides, slopes, v,
  vAcross, vOffset, vStride, weights,
} from './attention-block.as';

export function attention_bias_grad(
  q_: usize, k_: usize, v_: usize, ranges: usize, bias: usize, out: usize, logSums: usize, upstream: usize, logUpstream: usize,
  dBias: usize, scratch: usize, scratchBytes: i32,
  qStride_: i32, qOffset_: i32, kStride_: i32, kOffset_: i32, vStride_: i32, vOffset_: i32,
  b: i32, nq: i32, nk: i32, h: i32, kv: i32, d: i32, causal: i32, window: i32, s: f32, c: f32,
  rangeBatch: i32, rangeRows: i32, biasBatch: i32, thread: i32, threads: i32,
): void {
  setSizes(b, nq, nk, h, kv, d, causal, window, s, c);
  setExtras(ranges, rangeBatch, rangeRows, bias, biasBatch);
  setAddresses(q_, k_, v_, out, logSums, upstream, logUpstream);
  setStrides(qStride_, qOffset_, kStride_, kOffset_, vStride_, vOffset_);
  layOut(scratch + <usize>thread * <usize>scratchBytes);
  const pieces = (nq + ROWS - 1) / ROWS;
  const tasks = biasBatch * h * pieces;
  const from = <i32>((<i64>tasks * thread) / threads);
  const to = <i32>((<i64>tasks * (thread + 1)) / threads);
  for (let task = from; task < to; task++) {
    const head = (task / pieces) % h;
    const row = (task % pieces) * ROWS;
    const rows = min(ROWS, nq - row);
    const group0 = task / (pieces * h);
    const target = dBias + ((<usize>((group0 * h + head) * nq + row) * <usize>nk) << 2);
    memory.fill(target, 0, (<usize>rows * <usize>nk) << 2);
    const first = biasBatch > 1 ? group0 : 0;
    const end = biasBatch > 1 ? group0 + 1 : b;
    for (let each = first; each < end; each++) addRows(each, head, row, rows, target);
  }
}

function addRows(b: i32, head: i32, row: i32, rows: i32, target: usize): void {
  const at = (<usize>((head / group) * dim)) << 2;
  packQueries(b, head, 1, row, rows);
  for (let block = 0; block < keys; block += BLOCK) {
    const width = min(BLOCK, keys - block);
    packAcross(k + <usize>(b * keys + block) * kStride + kOffset + at, kStride, width, dim, 1, kAcross);
    packAcross(v + <usize>(b * keys + block) * vStride + vOffset + at, vStride, width, dim, 1, vAcross);
    for (let tile = 0; tile < rows; tile += 8)
      for (let key = 0; key < width; key += 8) {
        const tileAt = (<usize>(tile * dim)) << 2;
        const panelAt = (<usize>(key * dim)) << 2;
        tile8x8(qAcross + tileAt, kAcross + panelAt, dim, weights, 32, false);
        tile8x8(doAcross + tileAt, vAcross + panelAt, dim, slopes, 32, false);
        blockSlopes(b, head, row + tile, tile, min(8, rows - tile), block, key, width, false, weights, slopes);
        for (let lane = 0; lane < min(8, rows - tile); lane++) {
          let from = slopes + ((<usize>lane) << 5);
          let to = target + ((<usize>(tile + lane) * <usize>keys + <usize>(block + key)) << 2);
          for (let column = 0; column < min(8, width - key); column++, from += 4, to += 4)
            store<f32>(to, load<f32>(to) + load<f32>(from));
        }
      }
  }
}
