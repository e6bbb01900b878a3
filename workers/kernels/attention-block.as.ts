// The parts of attention's backward pass that its ways of sharing the work have in common: addresses of the call, the
// private buffers, packed queries, and one 8 x 8 block of probabilities and gradients of scores.
import { expFlushed4 } from './math.as';
import { packAcross, packDown } from './tile-pack.as';
import { biasRow, cap, capped, dim, endKey, firstKey, heads, paddedDim, queries, scale } from './attention-shape.as';

export const ROWS: i32 = 64; // queries packed at a time
export const BLOCK: i32 = 128; // keys packed at a time

// Addresses and strides in bytes.
export let q: usize, k: usize, v: usize, out: usize, logSums: usize, upstream: usize, logUpstream: usize;
export let qStride: usize, kStride: usize, vStride: usize, qOffset: usize, kOffset: usize, vOffset: usize;
// Private buffers.
export let kAcross: usize, vAcross: usize, kDown: usize, dkSums: usize, dvSums: usize;
export let qAcross: usize, doAcross: usize, qDown: usize, doDown: usize;
export let weights: usize, slopes: usize, turned: usize, dqTile: usize, logs: usize, deltas: usize, spans: usize;

export function setAddresses(q_: usize, k_: usize, v_: usize, out_: usize, logs_: usize, upstream_: usize, logUpstream_: usize): void {
  q = q_;
  k = k_;
  v = v_;
  out = out_;
  logSums = logs_;
  upstream = upstream_;
  logUpstream = logUpstream_;
}

export function setStrides(qS: i32, qO: i32, kS: i32, kO: i32, vS: i32, vO: i32): void {
  qStride = (<usize>qS) << 2;
  kStride = (<usize>kS) << 2;
  vStride = (<usize>vS) << 2;
  qOffset = (<usize>qO) << 2;
  kOffset = (<usize>kO) << 2;
  vOffset = (<usize>vO) << 2;
}

export function layOut(scratch: usize): void {
  const d8 = <usize>paddedDim() << 2;
  kAcross = scratch;
  vAcross = kAcross + <usize>BLOCK * d8;
  kDown = vAcross + <usize>BLOCK * d8;
  dkSums = kDown + <usize>BLOCK * d8;
  dvSums = dkSums + <usize>BLOCK * d8;
  qAcross = dvSums + <usize>BLOCK * d8;
  doAcross = qAcross + <usize>ROWS * d8;
  qDown = doAcross + <usize>ROWS * d8;
  doDown = qDown + <usize>ROWS * d8;
  dqTile = doDown + <usize>ROWS * d8;
  weights = dqTile + 8 * d8;
  slopes = weights + <usize>(BLOCK * ROWS * 4);
  turned = slopes + <usize>(BLOCK * ROWS * 4);
  logs = turned + <usize>(BLOCK * 8 * 4);
  deltas = logs + <usize>ROWS * 4;
  spans = deltas + <usize>ROWS * 4;
}

/** Queries, upstream, log-sum-exp and delta = rowsum(upstream x out) - upstream of the log-sum-exp. */
export function packQueries(b: i32, head: i32, parts: i32, query: i32, rows: i32): void {
  const own = <usize>(heads * dim) << 2;
  const qRow = q + <usize>(b * queries + query) * qStride + qOffset + ((<usize>(head * dim)) << 2);
  const at = <usize>(b * queries + query) * own + ((<usize>(head * dim)) << 2);
  packAcross(qRow, qStride, rows, dim, scale, qAcross);
  packAcross(upstream + at, own, rows, dim, 1, doAcross);
  if (parts & 2) {
    packPanels(qRow, qStride, rows, scale, qDown);
    packPanels(upstream + at, own, rows, 1, doDown);
  }
  const state = (<usize>((b * heads + head) * queries + query)) << 2;
  for (let row: usize = 0; row < <usize>rows; row++) {
    let sum: f32 = 0;
    const x = upstream + at + row * own;
    const y = out + at + row * own;
    let column = 0;
    let sums = f32x4.splat(0);
    for (; column + 4 <= dim; column += 4)
      sums = f32x4.add(sums, f32x4.mul(v128.load(x + ((<usize>column) << 2)), v128.load(y + ((<usize>column) << 2))));
    sum = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
    for (; column < dim; column++) sum += load<f32>(x + ((<usize>column) << 2)) * load<f32>(y + ((<usize>column) << 2));
    store<f32>(deltas + (row << 2), sum - load<f32>(logUpstream + state + (row << 2)));
    store<f32>(logs + (row << 2), load<f32>(logSums + state + (row << 2)));
  }
}

/** packDown with panels a fixed ROWS apart, so that they are found without the number of rows. */
function packPanels(src: usize, stride: usize, rows: i32, factor: f32, dst: usize): void {
  for (let column = 0; column < dim; column += 8)
    packDown(src + ((<usize>column) << 2), stride, rows, min(8, dim - column), factor, dst + ((<usize>((column >> 3) * ROWS)) << 5));
}


// @ts-ignore: decorator
@lazy const LANES: usize = memory.data<i32>([0, 1, 2, 3]);

/**
 * Scores and upstream x values of an 8 x 8 block become probabilities and gradients of the scores, in place; `plain`:
 * of the scores before cap and bias.
 */
export function blockSlopes(
  b: i32, head: i32, query: i32, tile: i32, rows: i32, block: i32, key: i32, width: i32, plain: bool, scoresAt: usize, slopesAt: usize,
): void {
  const one = f32x4.splat(1);
  const position0 = i32x4.add(i32x4.splat(key), v128.load(LANES));
  const position1 = i32x4.add(position0, i32x4.splat(4));
  for (let row = 0; row < 8; row++, scoresAt += 32, slopesAt += 32) {
    const first = row < rows ? firstKey(b, query + row) - block : 0;
    const end = row < rows ? min(width, endKey(b, query + row) - block) : 0;
    let s0 = v128.load(scoresAt);
    let s1 = v128.load(scoresAt, 16);
    let bent0 = one, bent1 = one;
    if (cap > 0) {
      s0 = capped(s0);
      s1 = capped(s1);
      if (plain) {
        const r0 = f32x4.div(s0, f32x4.splat(cap));
        const r1 = f32x4.div(s1, f32x4.splat(cap));
        bent0 = f32x4.sub(one, f32x4.mul(r0, r0));
        bent1 = f32x4.sub(one, f32x4.mul(r1, r1));
      }
    }
    if (row < rows) {
      const addend = biasRow(b, head, query + row);
      if (addend) {
        const from = addend + ((<usize>(block + key)) << 2);
        if (key + 8 <= width) {
          s0 = f32x4.add(s0, v128.load(from));
          s1 = f32x4.add(s1, v128.load(from, 16));
        } else {
          v128.store(scoresAt, s0);
          v128.store(scoresAt, s1, 16);
          for (let lane: usize = 0; lane < <usize>(width - key); lane++)
            store<f32>(scoresAt + (lane << 2), load<f32>(scoresAt + (lane << 2)) + load<f32>(from + (lane << 2)));
          s0 = v128.load(scoresAt);
          s1 = v128.load(scoresAt, 16);
        }
      }
    }
    const log = v128.load32_splat(logs + ((<usize>(tile + row)) << 2));
    const delta = v128.load32_splat(deltas + ((<usize>(tile + row)) << 2));
    let p0 = expFlushed4(f32x4.sub(s0, log));
    let p1 = expFlushed4(f32x4.sub(s1, log));
    let g0 = f32x4.mul(f32x4.mul(p0, f32x4.sub(v128.load(slopesAt), delta)), bent0);
    let g1 = f32x4.mul(f32x4.mul(p1, f32x4.sub(v128.load(slopesAt, 16), delta)), bent1);
    if (first > key || end < key + 8) {
      const seen0 = v128.and(i32x4.le_s(i32x4.splat(first), position0), i32x4.lt_s(position0, i32x4.splat(end)));
      const seen1 = v128.and(i32x4.le_s(i32x4.splat(first), position1), i32x4.lt_s(position1, i32x4.splat(end)));
      p0 = v128.and(p0, seen0);
      p1 = v128.and(p1, seen1);
      g0 = v128.and(g0, seen0);
      g1 = v128.and(g1, seen1);
    }
    v128.store(scoresAt, p0);
    v128.store(scoresAt, p1, 16);
    v128.store(slopesAt, g0);
    v128.store(slopesAt, g1, 16);
  }
}
