// What both directions of attention share: the sizes of the call, kept in globals (every thread has its own), which
// keys a query may see, and the row pointers. A query sees one run of keys, [first, end): causal order, window and
// padding all cut a run.
import { tanh4 } from './math.as';

export let batch: i32, queries: i32, keys: i32, heads: i32, kvHeads: i32, dim: i32, group: i32;
export let causal: bool, window: i32;
export let scale: f32, cap: f32;
let ranges: usize, rangeBatch: i32, rangeRows: i32;
let bias: usize, biasBatch: i32;

export function setSizes(b: i32, q: i32, k: i32, h: i32, kv: i32, d: i32, c: i32, w: i32, s: f32, p: f32): void {
  batch = b;
  queries = q;
  keys = k;
  heads = h;
  kvHeads = kv;
  dim = d;
  group = h / kv;
  causal = c != 0;
  window = w;
  scale = s;
  cap = p;
}

export function setExtras(r: usize, rBatch: i32, rRows: i32, addend: usize, addendBatch: i32): void {
  ranges = r;
  rangeBatch = rBatch;
  rangeRows = rRows;
  bias = addend;
  biasBatch = addendBatch;
}

// @ts-ignore: decorator
@inline
function rangeOf(b: i32, query: i32): usize {
  const row = (rangeBatch > 1 ? b : 0) * rangeRows + (rangeRows > 1 ? query : 0);
  return ranges + ((<usize>row) << 3);
}

/** First key that query `query` of batch row `b` sees. Queries are aligned with the end of the keys. */
// @ts-ignore: decorator
@inline
export function firstKey(b: i32, query: i32): i32 {
  let first = window > 0 ? max(0, query + keys - queries - window + 1) : 0;
  if (ranges) first = max(first, load<i32>(rangeOf(b, query)));
  return first;
}

/** One past the last key that query `query` sees. */
// @ts-ignore: decorator
@inline
export function endKey(b: i32, query: i32): i32 {
  const own = query + keys - queries;
  let end = causal ? min(keys, own + 1) : window > 0 ? min(keys, own + window) : keys;
  if (ranges) end = min(end, load<i32>(rangeOf(b, query), 4));
  return end;
}

/** Address of bias[b][h][query][0], or 0 where there is none. */
// @ts-ignore: decorator
@inline
export function biasRow(b: i32, h: i32, query: i32): usize {
  if (!bias) return 0;
  const own: i32 = biasBatch > 1 ? b : 0;
  const row = (own * heads + h) * queries + query;
  return bias + ((<usize>row * <usize>keys) << 2);
}

/** cap x tanh(s / cap). */
// @ts-ignore: decorator
@inline
export function capped(s: v128): v128 {
  return f32x4.mul(f32x4.splat(cap), tanh4(f32x4.div(s, f32x4.splat(cap))));
}

// @ts-ignore: decorator
@inline
export function paddedDim(): i32 {
  return (dim + 7) & ~7;
}
