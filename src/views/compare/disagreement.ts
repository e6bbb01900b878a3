// Where two runs part on the same rows: the four groups, and the rows of one. Pure; from the comparison's answers.
import type { RunComparison } from '../../contract/studio';

export type Group = 'both-right' | 'only-a' | 'only-b' | 'both-wrong';
export type ComparedRow = RunComparison['answers'][number];

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label) => b.includes(label));
}

/** Rows by group, for the runs at places a and b of the comparison. */
export function groupRows(answers: readonly ComparedRow[], a: number, b: number): Record<Group, ComparedRow[]> {
  const groups: Record<Group, ComparedRow[]> = { 'both-right': [], 'only-a': [], 'only-b': [], 'both-wrong': [] };
  for (const row of answers) {
    const first = same(row.predicted[a] ?? [], row.actual);
    const second = same(row.predicted[b] ?? [], row.actual);
    groups[first ? (second ? 'both-right' : 'only-a') : second ? 'only-b' : 'both-wrong'].push(row);
  }
  return groups;
}

/** "p < 0.0001", "p 0.03". */
export function pValueWords(p: number): string {
  if (p < 0.0001) return 'p < 0.0001';
  return `p ${p.toFixed(p < 0.01 ? 4 : p < 0.1 ? 3 : 2)}`;
}
