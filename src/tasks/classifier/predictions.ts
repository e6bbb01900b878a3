// Scores of a few texts as the answers a person or script gets: labels ranked, those that hold where there may be several.
// What drove them is the network's to say.
import type { Prediction } from '../../contract/train';
import { answers } from '../../lib/metrics/evaluate';
import type { Scores } from '../task';

/** One a row, with the `topK` highest scores. */
export function predictionsOf(
  scores: Scores,
  labels: readonly string[],
  multiLabel: boolean,
  topK: number,
): Prediction[] {
  const { predicted } = answers(scores, multiLabel);
  return predicted.map((own, row) => {
    const values = scores.values.subarray(row * labels.length, (row + 1) * labels.length);
    const ranked = topLabels(values, topK).map((at) => ({ label: labels[at]!, score: values[at]! }));
    const top = ranked[0]!;
    return {
      label: top.label,
      confidence: top.score,
      scores: ranked,
      ...(multiLabel ? { labels: own.map((at) => labels[at]!) } : {}),
    };
  });
}

/** The `count` highest, highest first, the smaller index first on ties. */
function topLabels(values: ArrayLike<number>, count: number): number[] {
  const order = Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => values[b]! - values[a]! || a - b);
  return order.slice(0, Math.max(1, count));
}
