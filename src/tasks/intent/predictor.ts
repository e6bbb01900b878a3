// Answers of a trained intent model, with the words that drove them where asked.
import type { Prediction } from '../../contract/train';
import type { LabelPredictor } from '../task';
import { evidenceFor } from './evidence';
import type { IntentModel } from './model';

export function makePredictor(model: IntentModel): LabelPredictor {
  const labels = [...model.labels];
  const scores = new Float64Array(labels.length);

  function answer(text: string, topK: number, withEvidence: boolean): Prediction {
    model.score(text, scores, 0);
    const top = topLabels(scores, Math.max(1, topK));
    const first = top[0]!;
    const prediction: Prediction = {
      label: labels[first]!,
      confidence: scores[first]!,
      scores: top.map((label) => ({ label: labels[label]!, score: scores[label]! })),
    };
    if (withEvidence) prediction.evidence = evidenceFor(model.parts, text, model.parts.classes.indexOf(first));
    return prediction;
  }

  return {
    labels,
    multiLabel: false,
    predict: async (texts, { topK, evidence }) => texts.map((text) => answer(text, topK, evidence === true)),
    score: async (texts) => model.scoreAll(texts),
    dispose: () => undefined,
  };
}

/** Indices of the highest scores, highest first; the first in order at ties. */
function topLabels(scores: Float64Array, count: number): number[] {
  const top: number[] = [];
  for (let label = 0; label < scores.length; label++) {
    const score = scores[label]!;
    if (top.length === count && score <= scores[top[count - 1]!]!) continue;
    let at = top.length;
    while (at > 0 && scores[top[at - 1]!]! < score) at--;
    top.splice(at, 0, label);
    if (top.length > count) top.pop();
  }
  return top;
}
