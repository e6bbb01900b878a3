// How many rows of a split have each label. Pure.
import type { FrozenSplit } from '../../contract/records';

export function labelCounts({ labels, actual }: Pick<FrozenSplit, 'labels' | 'actual'>): Map<string, number> {
  const counts = new Map(labels.map((label) => [label, 0]));
  for (const own of actual) for (const at of own) counts.set(labels[at]!, (counts.get(labels[at]!) ?? 0) + 1);
  return counts;
}
