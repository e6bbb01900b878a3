// Figures of vectors: correlations of cosines with scores, triplets, retrieval. Plain arithmetic over vectors of unit length
// that lie one after another; nothing is embedded here.
import { averageRanks } from '../statistics/ranks';

/** Pearson's correlation; null where one side does not vary. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  const n = x.length;
  if (n < 2) return null;
  let [meanX, meanY] = [0, 0];
  for (let i = 0; i < n; i++) {
    meanX += x[i]! / n;
    meanY += y[i]! / n;
  }
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [dx, dy] = [x[i]! - meanX, y[i]! - meanY];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}

/** Spearman's rank correlation: Pearson's of the ranks, ties sharing their mean. */
export const spearman = (x: ArrayLike<number>, y: ArrayLike<number>): number | null =>
  pearson(averageRanks(x), averageRanks(y));

/** Scalar product of row i of a and row j of b: the cosine, where rows have unit length. */
export function dotOf(a: Float32Array, i: number, b: Float32Array, j: number, dimensions: number): number {
  let sum = 0;
  for (let d = 0, p = i * dimensions, q = j * dimensions; d < dimensions; d++, p++, q++) sum += a[p]! * b[q]!;
  return sum;
}

export interface Retrieval {
  ndcg: number;
  recall: number;
  mrr: number;
  queries: number;
}

/**
 * Mean figures over queries that rank the same documents. `relevant(query)`: places of the documents that belong to it, at
 * least one; `skip`: a document that is the query itself, or -1. Recall is of min(k, those that belong), so that 1 can be
 * reached; ties keep the order of the documents; relevance is yes or no. `pause` is awaited between queries.
 */
export async function retrieval(
  queries: Float32Array,
  documents: Float32Array,
  dimensions: number,
  {
    relevant,
    skip = () => -1,
    k = 10,
    pause = () => undefined,
  }: {
    relevant: (query: number) => readonly number[];
    skip?: (query: number) => number;
    k?: number;
    pause?: () => void | Promise<void>;
  },
): Promise<Retrieval | null> {
  const [count, total] = [queries.length / dimensions, documents.length / dimensions];
  const gains = Array.from({ length: k }, (_, i) => 1 / Math.log2(i + 2));
  const sums = { ndcg: 0, recall: 0, mrr: 0 };
  let judged = 0;
  const cosines = new Float64Array(total);
  const belongs = new Uint8Array(total);
  for (let query = 0; query < count; query++) {
    await pause();
    const own = relevant(query);
    if (own.length === 0) continue;
    judged++;
    const skipped = skip(query);
    for (let j = 0; j < total; j++)
      cosines[j] = j === skipped ? -Infinity : dotOf(queries, query, documents, j, dimensions);
    for (const place of own) belongs[place] = 1;
    const first = topPlaces(cosines, k);
    let [gain, ideal, hits] = [0, 0, 0];
    for (let i = 0; i < Math.min(k, own.length); i++) ideal += gains[i]!;
    first.forEach((place, i) => {
      if (belongs[place] === 0) return;
      hits++;
      gain += gains[i]!;
    });
    sums.ndcg += gain / ideal;
    sums.recall += hits / Math.min(k, own.length);
    sums.mrr += 1 / rankOfBest(cosines, own);
    for (const place of own) belongs[place] = 0;
  }
  if (judged === 0) return null;
  return { ndcg: sums.ndcg / judged, recall: sums.recall / judged, mrr: sums.mrr / judged, queries: judged };
}

/** Places of the k highest, highest first; the smaller place first among equals. */
function topPlaces(values: Float64Array, k: number): number[] {
  const top: number[] = [];
  for (let j = 0; j < values.length; j++) {
    const value = values[j]!;
    if (value === -Infinity || (top.length === k && value <= values[top[k - 1]!]!)) continue;
    let at = top.length === k ? k - 1 : top.length;
    for (; at > 0 && values[top[at - 1]!]! < value; at--) top[at] = top[at - 1]!;
    top[at] = j;
  }
  return top;
}

/** Place from 1, by falling value, of the highest of some. */
function rankOfBest(values: Float64Array, some: readonly number[]): number {
  const best = some.reduce((a, b) => (values[b]! > values[a]! || (values[b] === values[a] && b < a) ? b : a));
  const own = values[best]!;
  let rank = 1;
  for (let j = 0; j < values.length; j++) if (values[j]! > own || (values[j] === own && j < best)) rank++;
  return rank;
}
