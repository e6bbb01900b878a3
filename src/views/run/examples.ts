// The rows a run was judged on, as a list that can be filtered and sorted. Pure.
import type { FrozenSplit } from '../../contract/records';
import { sameLabels } from './thresholds';

export interface Example {
  rowId: string;
  text: string;
  actual: string[];
  predicted: string[];
  confidence: number;
  right: boolean;
}
export interface ExampleFilter {
  show: 'all' | 'wrong' | 'right';
  actual: string | null;
  predicted: string | null;
  text: string;
  sort: 'surest' | 'least-sure' | 'row';
}

export function examplesOf(split: FrozenSplit): Example[] {
  const name = (index: number): string => split.labels[index] ?? `#${index}`;
  return split.rowIds.map((rowId, i) => ({
    rowId,
    text: split.texts[i] ?? '',
    actual: (split.actual[i] ?? []).map(name),
    predicted: (split.predicted?.[i] ?? []).map(name),
    confidence: split.confidence?.[i] ?? 0,
    right: sameLabels(split.actual[i] ?? [], split.predicted?.[i] ?? []),
  }));
}

export function filterExamples(examples: readonly Example[], filter: ExampleFilter): Example[] {
  const wanted = filter.text.trim().toLowerCase();
  const kept = examples.filter(
    (example) =>
      (filter.show === 'all' || example.right === (filter.show === 'right')) &&
      (filter.actual === null || example.actual.includes(filter.actual)) &&
      (filter.predicted === null || example.predicted.includes(filter.predicted)) &&
      (!wanted || example.text.toLowerCase().includes(wanted)),
  );
  if (filter.sort === 'row') return kept;
  const way = filter.sort === 'surest' ? -1 : 1;
  return kept.toSorted((a, b) => way * (a.confidence - b.confidence));
}
