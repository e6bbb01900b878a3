// Which words of a text drove an answer: each term's share of the score of one label, at the places where it stands.
import type { Prediction } from '../../contract/train';
import { findChunks, emptySpans, lowerOffsets } from '../../../workers/kernels/linear/tokens';
import type { IntentParts } from './model';

export type Evidence = NonNullable<Prediction['evidence']>;
const mostTerms = 20;

/** A place in the normalised text with its weight. */
interface Share {
  start: number;
  end: number;
  weight: number;
}

/**
 * The strongest first. A term's weight is its part of the label's log-odds, averaged over the folds: added up over
 * all terms (and an intercept) it is the score. Word n-grams stand as they are; character n-grams are summed over
 * the word they lie in. Offsets are UTF-16, into the text as given.
 */
export function evidenceFor(parts: IntentParts, text: string, classIndex: number): Evidence {
  const weights = termWeights(parts, text, classIndex);
  const found: Share[] = [];
  let from = 0;
  for (const vectoriser of parts.features.vectorisers) {
    const places = vectoriser.places(text);
    const counts = new Map<number, number>();
    for (const { feature } of places) counts.set(feature, (counts.get(feature) ?? 0) + 1);
    const shares = places.map(({ feature, start, end }) => ({
      start,
      end,
      weight: (weights.get(from + feature) ?? 0) / counts.get(feature)!,
    }));
    found.push(...(vectoriser.options.analyzer === 'word' ? shares : byWord(text, shares)));
    from += vectoriser.terms.length;
  }
  const original = lowerOffsets(text);
  return found
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.start - b.start)
    .slice(0, mostTerms)
    .map(({ start, end, weight }) => {
      const at = original ? original[start]! : start;
      const to = original ? original[end]! : end;
      return { term: text.slice(at, to), start: at, end: to, weight };
    });
}

/** Part of each feature of the text in the label's log-odds. */
function termWeights(parts: IntentParts, text: string, classIndex: number): Map<number, number> {
  const { coefficients, members, outputs, calibrators } = parts;
  // With two classes the one score speaks for the second and against the first.
  const output = outputs === 1 ? 0 : classIndex;
  const sign = outputs === 1 && classIndex === 0 ? -1 : 1;
  const scales = Array.from({ length: members }, (_, member) => {
    const calibrator = calibrators[member * outputs + output];
    return (sign * (calibrator?.kind === 'sigmoid' ? -calibrator.a : 1)) / members;
  });
  const weights = new Map<number, number>();
  const row = parts.features.rowOf(text);
  for (let i = 0; i < row.length; i++) {
    const feature = row.indices[i]!;
    let sum = 0;
    for (let j = coefficients.offsets[feature]!; j < coefficients.offsets[feature + 1]!; j++) {
      const column = coefficients.columns[j]!;
      if (column % outputs === output) sum += scales[Math.floor(column / outputs)]! * coefficients.values[j]!;
    }
    weights.set(feature, sum * row.values[i]!);
  }
  return weights;
}

function byWord(text: string, shares: readonly Share[]): Share[] {
  const spans = emptySpans();
  findChunks(text.toLowerCase(), spans);
  const words = Array.from({ length: spans.length }, (_, i) => ({
    start: spans.starts[i]!,
    end: spans.ends[i]!,
    weight: 0,
  }));
  let at = 0;
  for (const share of shares) {
    // Places come in the order of the words they lie in.
    while (at + 1 < words.length && share.start >= words[at + 1]!.start) at++;
    words[at]!.weight += share.weight;
  }
  return words;
}
