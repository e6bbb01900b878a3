// The judged pairs of a split as a list: what the scores say, and how alike the base and the tuned model find them. Pure.
import type { FrozenSplit } from '../../contract/records';

export interface PairExample {
  rowId: string;
  first: string;
  second: string;
  third: string;
  /** 0 to 1, where the rows have scores. */
  score: number | null;
  before: number | null;
  after: number | null;
  /** How far the answer lies from the score or from what belongs together: larger is worse. */
  miss: number;
}

export type PairOrder = 'worst' | 'fell' | 'row';

/** Of rows that are pairs or triplets and were all judged; empty otherwise. */
export function pairsOf({ rowIds, texts, examples }: FrozenSplit): PairExample[] {
  if (!examples?.after) return [];
  const { second, third, values, before, after, every = 1 } = examples;
  return after.map((cosine, i) => {
    const row = i * every;
    const score = values[row] ?? null;
    return {
      ...{
        rowId: `${rowIds[row] ?? ''}.${row}`,
        first: texts[row] ?? '',
        second: second[row] ?? '',
        third: third[row] ?? '',
      },
      ...{ score, before: before?.[i] ?? null, after: cosine },
      miss: Math.abs((score ?? 1) - cosine),
    };
  });
}

export function sortPairs(pairs: readonly PairExample[], order: PairOrder): PairExample[] {
  if (order === 'row') return [...pairs];
  const fall = ({ score, before, after }: PairExample): number =>
    before === null || after === null ? 0 : Math.abs((score ?? 1) - after) - Math.abs((score ?? 1) - before);
  return pairs.toSorted((a, b) => (order === 'worst' ? b.miss - a.miss : fall(b) - fall(a)));
}
