// The confusion matrix and the figures that are functions of it alone: accuracy, balanced accuracy, MCC, kappa.
// One label a row; several labels have one two-by-two table each (multilabel.ts).

/** Counts [actual × predicted], row-major. */
export interface ConfusionMatrix {
  labels: number;
  counts: Float64Array;
}

export function confusionMatrix(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  labels: number,
): ConfusionMatrix {
  const counts = new Float64Array(labels * labels);
  for (let row = 0; row < actual.length; row++) counts[actual[row]! * labels + predicted[row]!]!++;
  return { labels, counts };
}

/** Sums of the diagonal, of each row and of each column, and of all. */
function margins({ labels, counts }: ConfusionMatrix): {
  right: number;
  total: number;
  actual: Float64Array;
  predicted: Float64Array;
} {
  const actual = new Float64Array(labels);
  const predicted = new Float64Array(labels);
  let right = 0;
  let total = 0;
  for (let a = 0; a < labels; a++)
    for (let p = 0; p < labels; p++) {
      const count = counts[a * labels + p]!;
      actual[a]! += count;
      predicted[p]! += count;
      total += count;
      if (a === p) right += count;
    }
  return { right, total, actual, predicted };
}

/** Share of rows on the diagonal; null without rows. */
export function accuracyOf(matrix: ConfusionMatrix): number | null {
  const { right, total } = margins(matrix);
  return total === 0 ? null : right / total;
}

/** Mean recall over the classes that occur; null without rows. */
export function balancedAccuracy(matrix: ConfusionMatrix): number | null {
  const { actual } = margins(matrix);
  let sum = 0;
  let present = 0;
  actual.forEach((count, label) => {
    if (count === 0) return;
    sum += matrix.counts[label * matrix.labels + label]! / count;
    present++;
  });
  return present === 0 ? null : sum / present;
}

/** Matthews correlation for any number of classes (Gorodkin 2004); 0 where it is undefined. */
export function matthewsCorrelation(matrix: ConfusionMatrix): number {
  const { right, total, actual, predicted } = margins(matrix);
  let both = 0;
  let actualSquared = 0;
  let predictedSquared = 0;
  for (let label = 0; label < matrix.labels; label++) {
    both += actual[label]! * predicted[label]!;
    actualSquared += actual[label]! ** 2;
    predictedSquared += predicted[label]! ** 2;
  }
  const scale = (total * total - predictedSquared) * (total * total - actualSquared);
  return scale > 0 ? (right * total - both) / Math.sqrt(scale) : 0;
}

/**
 * Cohen's kappa between two raters; weights by distance of the label indices for ordered labels. Null where
 * chance alone agrees fully (one class only).
 */
export function cohenKappa(matrix: ConfusionMatrix, weights: 'none' | 'linear' | 'quadratic' = 'none'): number | null {
  const { total, actual, predicted } = margins(matrix);
  let observed = 0;
  let expected = 0;
  for (let a = 0; a < matrix.labels; a++)
    for (let p = 0; p < matrix.labels; p++) {
      const distance = Math.abs(a - p);
      const weight = weights === 'none' ? (a === p ? 0 : 1) : weights === 'linear' ? distance : distance * distance;
      observed += weight * matrix.counts[a * matrix.labels + p]!;
      expected += (weight * actual[a]! * predicted[p]!) / Math.max(1, total);
    }
  return expected === 0 ? null : 1 - observed / expected;
}
