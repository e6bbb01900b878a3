// How well the scores of a row order its labels, without a threshold: LRAP, coverage error, ranking loss, and
// average precision over labels. scikit-learn's definitions: tied labels all count (the worst rank).
import { averagePrecision, column, meanOfDefined } from './ranking';

type Rows = readonly (readonly number[])[];

/** Mean over rows of `value`; null without rows. */
function overRows(rows: number, value: (row: number) => number): number | null {
  if (rows === 0) return null;
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += value(row);
  return sum / rows;
}

/** Label ranking average precision; a row with no or with every label counts 1. `values`: [rows, labels]. */
export function labelRankingAveragePrecision(values: ArrayLike<number>, labels: number, actual: Rows): number | null {
  return overRows(actual.length, (row) => {
    const own = actual[row]!;
    if (own.length === 0 || own.length === labels) return 1;
    let sum = 0;
    for (const label of own) {
      const score = values[row * labels + label]!;
      let rank = 0;
      let rightAbove = 0;
      for (let other = 0; other < labels; other++) if (values[row * labels + other]! >= score) rank++;
      for (const other of own) if (values[row * labels + other]! >= score) rightAbove++;
      sum += rightAbove / rank;
    }
    return sum / own.length;
  });
}

/** How far down the order one must go to meet all labels of a row; 0 for a row without labels. */
export function coverageError(values: ArrayLike<number>, labels: number, actual: Rows): number | null {
  return overRows(actual.length, (row) => {
    const own = actual[row]!;
    if (own.length === 0) return 0;
    const lowest = Math.min(...own.map((label) => values[row * labels + label]!));
    let count = 0;
    for (let other = 0; other < labels; other++) if (values[row * labels + other]! >= lowest) count++;
    return count;
  });
}

/** Share of (right, wrong) label pairs in the wrong order, ties wrong; 0 for a row with no or every label. */
export function labelRankingLoss(values: ArrayLike<number>, labels: number, actual: Rows): number | null {
  return overRows(actual.length, (row) => {
    const own = new Set(actual[row]);
    if (own.size === 0 || own.size === labels) return 0;
    let wrong = 0;
    for (const label of own)
      for (let other = 0; other < labels; other++)
        if (!own.has(other) && values[row * labels + other]! >= values[row * labels + label]!) wrong++;
    return wrong / (own.size * (labels - own.size));
  });
}

/** One 0/1 column of a label. */
export function membership(actual: Rows, label: number): Uint8Array {
  return Uint8Array.from(actual, (own) => (own.includes(label) ? 1 : 0));
}

/** Average precision of each label; null without positives. */
export function averagePrecisionPerLabel(values: ArrayLike<number>, labels: number, actual: Rows): (number | null)[] {
  return Array.from({ length: labels }, (_, label) =>
    averagePrecision(column(values, actual.length, labels, label), membership(actual, label)),
  );
}

/** mAP: mean over the labels that have positives (scikit-learn's own macro counts the others as 0). */
export function meanAveragePrecision(values: ArrayLike<number>, labels: number, actual: Rows): number | null {
  return meanOfDefined(averagePrecisionPerLabel(values, labels, actual));
}

/** Average precision over all decisions of all labels as one list. */
export function meanAveragePrecisionMicro(values: ArrayLike<number>, labels: number, actual: Rows): number | null {
  const positive = new Uint8Array(actual.length * labels);
  actual.forEach((own, row) => {
    for (const label of own) positive[row * labels + label] = 1;
  });
  return averagePrecision(values, positive);
}
