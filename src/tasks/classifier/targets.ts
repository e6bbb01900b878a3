// What a step is told about its rows: class numbers or, for several labels, how far each label holds; what each row
// counts; and how much more a label's rows with it count than those without.
import type { StepInputs } from '../../../workers/ml/step-context';
import type { TaskRows } from '../task';

export interface TargetSettings {
  labels: number;
  multiLabel: boolean;
  labelSmoothing: number;
  posWeight: 'none' | 'balanced' | 'sqrt';
}

/** More would let a handful of rows drown all others. */
const mostWeight = 100;

/**
 * Weight of each label's positives, [labels]: rows without it over rows with it (PyTorch's advice for pos_weight), the root
 * of that, or 1. Counted on training rows, at most 100; 1 for a label that no row has.
 */
export function positiveWeights(rows: Pick<TaskRows, 'targets'>, labels: number, mode: TargetSettings['posWeight']) {
  const weights = new Float32Array(labels).fill(1);
  if (mode === 'none') return weights;
  const having = new Float64Array(labels);
  for (const own of rows.targets) for (const label of own) having[label]!++;
  having.forEach((count, label) => {
    if (count === 0) return;
    const ratio = (rows.targets.length - count) / count;
    weights[label] = Math.min(mostWeight, mode === 'sqrt' ? Math.sqrt(ratio) : ratio);
  });
  // A label that every row has would count for nothing: its absence is all there is to learn, at a plain weight.
  return weights.map((weight) => (weight === 0 ? 1 : weight));
}

/**
 * Inputs of `rows`, padded to `size` rows that count nothing: `targets` and `shares` (row weights over `total`), and with
 * several labels `posWeight`. A label of a row holds as far as the row is certain; smoothing pulls both ends inwards.
 */
export function targetInputs(
  train: TaskRows,
  rows: Int32Array,
  size: number,
  total: number,
  { labels, multiLabel, labelSmoothing }: TargetSettings,
  weights: Float32Array,
): StepInputs {
  const shares = new Float32Array(size);
  rows.forEach((row, r) => (shares[r] = train.weights[row]! / total));
  if (!multiLabel) {
    const classes = new Int32Array(size);
    rows.forEach((row, r) => (classes[r] = train.targets[row]![0]!));
    return { targets: classes, shares };
  }
  const targets = new Float32Array(size * labels).fill(labelSmoothing / 2);
  rows.forEach((row, r) => {
    const held = (train.certainty?.[row] ?? 1) * (1 - labelSmoothing) + labelSmoothing / 2;
    for (const label of train.targets[row]!) targets[r * labels + label] = held;
  });
  return { targets, shares, posWeight: weights };
}
