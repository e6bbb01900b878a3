// What happens when answers below a confidence are withheld ("none of these"). Pure; from a run's frozen answers.
import type { FrozenSplit } from '../../contract/records';

export interface WithheldPoint {
  threshold: number;
  /** Share of rows still answered. */
  answered: number;
  /** Share of those answered right; null where none is answered. */
  right: number | null;
}

/** At 0, .01 … 1. Null where the split was not answered yet. */
export function withholding(split: FrozenSplit): WithheldPoint[] | null {
  const { predicted, confidence, actual } = split;
  if (!predicted || !confidence || !actual.length) return null;
  const rows = actual.map((own, i) => ({
    confidence: confidence[i] ?? 0,
    right: sameLabels(own, predicted[i] ?? []),
  }));
  return Array.from({ length: 101 }, (_, i) => {
    const threshold = i / 100;
    const kept = rows.filter((row) => row.confidence >= threshold);
    return {
      threshold,
      answered: kept.length / rows.length,
      right: kept.length ? kept.filter((row) => row.right).length / kept.length : null,
    };
  });
}

/** True where both lists hold the same labels, in whatever order. */
export function sameLabels(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((label) => b.includes(label));
}

/** Twenty equal bins of confidence from 0 to 1; 1 itself falls in the last. */
export function confidenceBins(confidence: readonly number[]): { edges: number[]; counts: number[] } {
  const counts = new Array<number>(20).fill(0);
  for (const value of confidence) counts[Math.min(19, Math.max(0, Math.floor(value * 20)))]!++;
  return { edges: Array.from({ length: 21 }, (_, i) => i / 20), counts };
}
