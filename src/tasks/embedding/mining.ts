// Hard examples of a batch, found from its vectors on the host: which pairs count (sentence-transformers'
// OnlineContrastiveLoss), and which text is the anchor's semi-hard negative (FaceNet, Schroff et al. 2015). Pure.
import { dotOf } from '../../lib/metrics/embedding';
import type { StepBatch } from './batch';
import { cutVectors } from './evaluation';
import type { Examples } from './examples';

/** What the loss is told besides: `weights` of pairs, or `negatives` as rows of one 1. `vectors` [sides · n, dimensions]. */
export function mine(
  { chosen, inputs, sizes }: StepBatch,
  examples: Examples,
  vectors: Float32Array,
  dimensions: number,
): Record<string, Float32Array> {
  const unit = cutVectors(vectors, dimensions, dimensions);
  const distance = (a: number, b: number): number => 1 - dotOf(unit, a, unit, b, dimensions);
  const n = sizes.examples;
  if (examples.loss === 'contrastive') {
    const { alike } = inputs;
    const distances = Float64Array.from({ length: n }, (_, i) => distance(i, n + i));
    return alike instanceof Float32Array ? { weights: hardPairs(distances, alike) } : {};
  }
  if (examples.loss !== 'triplet') return {};
  const { first, second, group } = chosen;
  const texts = [...first, ...second];
  const groups = [...group, ...group];
  const rows = sizes.sides * n;
  const negatives = new Float32Array(n * rows);
  for (let i = 0; i < n; i++) {
    const own = examples.partners(first[i]!);
    const others = texts.flatMap((text, j) =>
      own.has(text) || text === second[i] || (group[i]! >= 0 && groups[j] === group[i]) ? [] : [j],
    );
    negatives[i * rows + semiHard(distance(i, n + i), others, (j) => distance(i, j), n + i)] = 1;
  }
  return { negatives };
}

/**
 * 1 for alike pairs that are farther apart than the nearest other pair, and for others nearer than the farthest alike one; 0
 * for the rest. Where that leaves nothing, or a kind is missing, all count.
 */
export function hardPairs(distances: ArrayLike<number>, alike: ArrayLike<number>): Float32Array {
  let [farthest, nearest] = [-Infinity, Infinity];
  for (let i = 0; i < distances.length; i++) {
    if (alike[i] === 1) farthest = Math.max(farthest, distances[i]!);
    else nearest = Math.min(nearest, distances[i]!);
  }
  const weights = Float32Array.from(distances, (distance, i) => {
    if (farthest === -Infinity || nearest === Infinity) return 1;
    return (alike[i] === 1 ? distance > nearest : distance < farthest) ? 1 : 0;
  });
  return weights.some((weight) => weight > 0) ? weights : weights.fill(1);
}

/** The nearest that is farther than the positive; else the farthest of all; `fallback` where there is none. */
export function semiHard(
  positive: number,
  others: readonly number[],
  distance: (place: number) => number,
  fallback: number,
): number {
  let [best, bestDistance, farthest, farthestDistance] = [-1, Infinity, fallback, -Infinity];
  for (const place of others) {
    const found = distance(place);
    if (found > positive && found < bestDistance) [best, bestDistance] = [place, found];
    if (found > farthestDistance) [farthest, farthestDistance] = [place, found];
  }
  return best >= 0 ? best : farthest;
}
