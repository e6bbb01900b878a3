// Precision, recall and F from counts: the one place where a division by zero is decided. Counts of each label
// are enough for every average, so single-label and multi-label figures share this.
import type { ClassMetrics } from '../../contract/metrics';

/** Per label: rows rightly given it, rows given it, rows that have it. */
export interface LabelCounts {
  truePositive: Float64Array;
  predicted: Float64Array;
  support: Float64Array;
}

export interface Averages {
  precision: number;
  recall: number;
  f1: number;
}

/** Counts over rows of label lists; labels of a row are taken once each. */
export function countLabels(
  actual: readonly (readonly number[])[],
  predicted: readonly (readonly number[])[],
  labels: number,
): LabelCounts {
  const counts: LabelCounts = {
    truePositive: new Float64Array(labels),
    predicted: new Float64Array(labels),
    support: new Float64Array(labels),
  };
  actual.forEach((own, row) => {
    for (const label of own) counts.support[label]!++;
    for (const label of predicted[row]!) {
      counts.predicted[label]!++;
      if (own.includes(label)) counts.truePositive[label]!++;
    }
  });
  return counts;
}

function ratio(numerator: number, denominator: number, zeroDivision: number): number {
  return denominator === 0 ? zeroDivision : numerator / denominator;
}

/**
 * F-beta from counts, as scikit-learn: (1 + b²)·tp / (b²·support + predicted). Undefined only where a label is
 * neither true nor predicted.
 */
export function fScore(truePositive: number, predicted: number, support: number, beta = 1, zeroDivision = 0): number {
  const b2 = beta * beta;
  return ratio((1 + b2) * truePositive, b2 * support + predicted, zeroDivision);
}

/** Figures of each label. `zeroDivision`: the value of 0/0. */
export function perLabel(counts: LabelCounts, zeroDivision = 0): ClassMetrics[] {
  return Array.from(counts.support, (support, label) => {
    const truePositive = counts.truePositive[label]!;
    const predicted = counts.predicted[label]!;
    return {
      precision: ratio(truePositive, predicted, zeroDivision),
      recall: ratio(truePositive, support, zeroDivision),
      f1: fScore(truePositive, predicted, support, 1, zeroDivision),
      support,
    };
  });
}

/** Plain mean over all labels, also those that never occur. */
export function macroAverage(rows: readonly ClassMetrics[]): Averages {
  const n = Math.max(1, rows.length);
  return {
    precision: rows.reduce((sum, row) => sum + row.precision, 0) / n,
    recall: rows.reduce((sum, row) => sum + row.recall, 0) / n,
    f1: rows.reduce((sum, row) => sum + row.f1, 0) / n,
  };
}

/** Mean weighted by support; `zeroDivision` where no row has a label. */
export function weightedAverage(rows: readonly ClassMetrics[], zeroDivision = 0): Averages {
  const total = rows.reduce((sum, row) => sum + row.support, 0);
  const mean = (value: (row: ClassMetrics) => number): number =>
    ratio(
      rows.reduce((sum, row) => sum + value(row) * row.support, 0),
      total,
      zeroDivision,
    );
  return { precision: mean((row) => row.precision), recall: mean((row) => row.recall), f1: mean((row) => row.f1) };
}

/** From the counts summed over labels; with one label a row, all three are the accuracy. */
export function microAverage(counts: LabelCounts, zeroDivision = 0): Averages {
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  const truePositive = sum(counts.truePositive);
  const predicted = sum(counts.predicted);
  const support = sum(counts.support);
  return {
    precision: ratio(truePositive, predicted, zeroDivision),
    recall: ratio(truePositive, support, zeroDivision),
    f1: fScore(truePositive, predicted, support, 1, zeroDivision),
  };
}

/** Mean over all labels of F-beta. */
export function fBetaMacro(counts: LabelCounts, beta: number, zeroDivision = 0): number {
  const n = counts.support.length;
  let sum = 0;
  for (let label = 0; label < n; label++)
    sum += fScore(counts.truePositive[label]!, counts.predicted[label]!, counts.support[label]!, beta, zeroDivision);
  return sum / Math.max(1, n);
}

/** Mean over all labels of |both| / |either|. */
export function jaccardMacro(counts: LabelCounts, zeroDivision = 0): number {
  const n = counts.support.length;
  let sum = 0;
  for (let label = 0; label < n; label++) {
    const both = counts.truePositive[label]!;
    sum += ratio(both, counts.support[label]! + counts.predicted[label]! - both, zeroDivision);
  }
  return sum / Math.max(1, n);
}
