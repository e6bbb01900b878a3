// Attention in plain loops, sums in 64 bits: one query at a time, forward and backward. It stores no more than a row.
import { keysSeen, type AttentionShape } from './attention-shape';
import type { Numbers } from './kernel';

/** One query of one head: its keys, its scores before the softmax and how much the soft cap bends each. */
interface Row {
  b: number;
  head: number;
  query: number;
  first: number;
  scores: Float64Array;
  bent: Float64Array;
  q: number;
  stateAt: number;
  outAt: number;
}

const keyAt = (s: AttentionShape, { b, head }: Row, key: number): number =>
  (b * s.keys + key) * s.kStride + s.kOffset + Math.floor(head / s.group) * s.headDim;

const valueAt = (s: AttentionShape, { b, head }: Row, key: number): number =>
  (b * s.keys + key) * s.vStride + s.vOffset + Math.floor(head / s.group) * s.headDim;

export const biasAt = (s: AttentionShape, { b, head, query }: Pick<Row, 'b' | 'head' | 'query'>): number =>
  (((s.biasBatch > 1 ? b : 0) * s.heads + head) * s.queries + query) * s.keys;

function dot(a: Numbers, aAt: number, b: Numbers, bAt: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[aAt + i]! * b[bAt + i]!;
  return sum;
}

function* rowsOf(s: AttentionShape, inputs: readonly Numbers[]): Generator<Row> {
  const [q, k, bias] = [inputs[s.q]!, inputs[s.k]!, inputs[s.biasAt]];
  for (let b = 0; b < s.batch; b++)
    for (let head = 0; head < s.heads; head++)
      for (let query = 0; query < s.queries; query++) {
        const [first, end] = keysSeen(s, inputs[s.rangesAt], b, query);
        const scores = new Float64Array(Math.max(0, end - first));
        const row: Row = {
          ...{ b, head, query, first, scores },
          bent: new Float64Array(scores.length).fill(1),
          q: (b * s.queries + query) * s.qStride + s.qOffset + head * s.headDim,
          stateAt: (b * s.heads + head) * s.queries + query,
          outAt: (b * s.queries + query) * s.heads * s.headDim + head * s.headDim,
        };
        for (let j = 0; j < scores.length; j++) {
          let score = s.scale * dot(q, row.q, k, keyAt(s, row, first + j), s.headDim);
          if (s.cap > 0) {
            const tanh = Math.tanh(score / s.cap);
            score = s.cap * tanh;
            row.bent[j] = 1 - tanh * tanh;
          }
          scores[j] = score + (bias ? bias[biasAt(s, row) + first + j]! : 0);
        }
        yield row;
      }
}

/** out [batch, queries, heads x headDim] and the log-sum-exp [batch, heads, queries]; both 0 where no key is seen. */
export function attend(s: AttentionShape, inputs: readonly Numbers[], out: Numbers, logSums: Numbers): void {
  const v = inputs[s.v]!;
  out.fill(0);
  logSums.fill(0);
  for (const row of rowsOf(s, inputs)) {
    if (row.scores.length === 0) continue;
    const most = row.scores.reduce((a, b) => Math.max(a, b));
    const sum = row.scores.reduce((total, score) => total + Math.exp(score - most), 0);
    const sums = new Float64Array(s.headDim);
    row.scores.forEach((score, j) => {
      const weight = Math.exp(score - most) / sum;
      const at = valueAt(s, row, row.first + j);
      for (let i = 0; i < s.headDim; i++) sums[i]! += weight * v[at + i]!;
    });
    out.set(sums, row.outAt);
    logSums[row.stateAt] = most + Math.log(sum);
  }
}

/** What backward knows beside the forward inputs. */
export interface Backward {
  out: Numbers;
  logSums: Numbers;
  upstream: Numbers;
  logUpstream: Numbers;
}

/** Calls `each` with every probability and the gradient of its score before and after cap and bias. */
function slopes(
  s: AttentionShape,
  inputs: readonly Numbers[],
  known: Backward,
  each: (row: Row, key: number, weight: number, capped: number, plain: number) => void,
): void {
  const v = inputs[s.v]!;
  for (const row of rowsOf(s, inputs)) {
    const delta = dot(known.upstream, row.outAt, known.out, row.outAt, s.headDim) - known.logUpstream[row.stateAt]!;
    row.scores.forEach((score, j) => {
      const weight = Math.exp(score - known.logSums[row.stateAt]!);
      const key = row.first + j;
      const capped = weight * (dot(known.upstream, row.outAt, v, valueAt(s, row, key), s.headDim) - delta);
      each(row, key, weight, capped, capped * row.bent[j]!);
    });
  }
}

/** Gradients of q, k and v, each in its input's layout; for a packed input all three are one array. */
export function attendBackward(
  s: AttentionShape,
  inputs: readonly Numbers[],
  known: Backward,
  [dq, dk, dv]: readonly [Numbers, Numbers, Numbers],
): void {
  const [q, k] = [inputs[s.q]!, inputs[s.k]!];
  const sums = new Map([dq, dk, dv].map((array) => [array, new Float64Array(array.length)]));
  const [dqSums, dkSums, dvSums] = [sums.get(dq)!, sums.get(dk)!, sums.get(dv)!];
  slopes(s, inputs, known, (row, key, weight, _, plain) => {
    const kAt = keyAt(s, row, key);
    const vAt = valueAt(s, row, key);
    for (let i = 0; i < s.headDim; i++) {
      dqSums[row.q + i]! += s.scale * plain * k[kAt + i]!;
      dkSums[kAt + i]! += s.scale * plain * q[row.q + i]!;
      dvSums[vAt + i]! += weight * known.upstream[row.outAt + i]!;
    }
  });
  for (const [array, own] of sums) array.set(own);
}

/** Gradient of the bias, summed over the batch where the bias is one for all. */
export function attendBiasBackward(
  s: AttentionShape,
  inputs: readonly Numbers[],
  known: Backward,
  dBias: Numbers,
): void {
  const sums = new Float64Array(dBias.length);
  slopes(s, inputs, known, (row, key, _, capped) => {
    sums[biasAt(s, row) + key]! += capped;
  });
  dBias.set(sums);
}
