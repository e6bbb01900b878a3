// Which labels stand under the digits for an item: the model's first, then the project's own order. Pure.
import type { QueueItem } from '../../contract/studio';
import type { Prediction } from '../../contract/train';

export interface OfferedLabel {
  label: string;
  /** The model's confidence, null where it said nothing. */
  score: number | null;
  /** The model's first choice: marked, never chosen by itself. */
  suggested: boolean;
}
const most = 10;

export function offeredLabels(
  item: QueueItem | null,
  answer: Prediction | null,
  labels: readonly string[],
): OfferedLabel[] {
  if (!item) return [];
  const scores =
    answer?.scores ?? item.suggestion?.scores ?? (item.suggestion ? [suggestionScore(item.suggestion)] : []);
  const first: OfferedLabel[] = scores
    .filter((one) => labels.includes(one.label))
    .slice(0, most)
    .map((one, place) => ({ label: one.label, score: one.score, suggested: place === 0 }));
  const known = new Set(first.map((one) => one.label));
  const rest = labels.filter((label) => !known.has(label)).map((label) => ({ label, score: null, suggested: false }));
  return [...first, ...rest].slice(0, most);
}

function suggestionScore(suggestion: { label: string; confidence: number }): { label: string; score: number } {
  return { label: suggestion.label, score: suggestion.confidence };
}
