// How much a model doubts its answer, larger = more, by the three measures of active learning (Settles 2009, 3.1).
import type { QueueOrder } from '../contract/studio';
import type { Prediction } from '../contract/train';

/** For 'disagreement' the model's confidence itself: the surer it is against the label, the sooner it is looked at. */
export function doubt(order: QueueOrder, { confidence, scores }: Prediction): number {
  switch (order) {
    case 'margin':
      return (scores[1]?.score ?? 0) - (scores[0]?.score ?? confidence);
    case 'entropy':
      return scores.reduce((sum, { score }) => (score > 0 ? sum - score * Math.log(score) : sum), 0);
    case 'disagreement':
      return confidence;
    default:
      return -confidence;
  }
}
