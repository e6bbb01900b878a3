// Threshold-free figures from scores: area under the ROC curve, average precision, top-k accuracy. Binary
// figures take one score a row; the many-class forms loop over them.

/** Row indices by score, highest first. */
function byScore(scores: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row);
  return order.sort((a, b) => scores[b]! - scores[a]!);
}

/**
 * Area under the ROC curve: the chance that a positive row scores above a negative one, ties half. Null where
 * either kind is missing.
 */
export function areaUnderRoc(scores: ArrayLike<number>, positive: ArrayLike<number | boolean>): number | null {
  const order = byScore(scores);
  let positives = 0;
  let negatives = 0;
  let area = 0;
  for (let start = 0; start < order.length;) {
    let tiedPositives = 0;
    let tiedNegatives = 0;
    let end = start;
    for (; end < order.length && scores[order[end]!] === scores[order[start]!]; end++) {
      if (positive[order[end]!]) tiedPositives++;
      else tiedNegatives++;
    }
    area += tiedNegatives * (positives + tiedPositives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    start = end;
  }
  return positives === 0 || negatives === 0 ? null : area / (positives * negatives);
}

/**
 * Average precision: sum over distinct scores of (R_n − R_{n−1})·P_n, not interpolated. Null without positives.
 */
export function averagePrecision(scores: ArrayLike<number>, positive: ArrayLike<number | boolean>): number | null {
  const order = byScore(scores);
  let hits = 0;
  let sum = 0;
  for (let start = 0; start < order.length;) {
    let tied = 0;
    let end = start;
    for (; end < order.length && scores[order[end]!] === scores[order[start]!]; end++)
      if (positive[order[end]!]) tied++;
    hits += tied;
    sum += (tied * hits) / end;
    start = end;
  }
  return hits === 0 ? null : sum / hits;
}

/** Scores of one label out of [rows, labels]. */
export function column(values: ArrayLike<number>, rows: number, labels: number, label: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => values[row * labels + label]!);
}

/** One-vs-rest AUROC of each class; null where a class has no positives or no negatives. */
export function areaUnderRocPerClass(
  values: ArrayLike<number>,
  labels: number,
  actual: ArrayLike<number>,
): (number | null)[] {
  const rows = actual.length;
  return Array.from({ length: labels }, (_, label) =>
    areaUnderRoc(
      column(values, rows, labels, label),
      Uint8Array.from({ length: rows }, (_unused, row) => (actual[row] === label ? 1 : 0)),
    ),
  );
}

/** Mean of one-vs-rest AUROC; two classes: the second's. Null when some class is undefined. */
export function areaUnderRocOvr(values: ArrayLike<number>, labels: number, actual: ArrayLike<number>): number | null {
  const each = areaUnderRocPerClass(values, labels, actual);
  if (labels === 2) return each[1] ?? null;
  return meanOrNull(each);
}

/**
 * Mean over all pairs of classes of the AUROC among the rows of those two, both ways (Hand and Till 2001). Null
 * when some class has no rows, and for two classes, where it is the same as one-vs-rest.
 */
export function areaUnderRocOvo(values: ArrayLike<number>, labels: number, actual: ArrayLike<number>): number | null {
  if (labels < 3) return null;
  const rowsOf: number[][] = Array.from({ length: labels }, () => []);
  for (let row = 0; row < actual.length; row++) rowsOf[actual[row]!]!.push(row);
  if (rowsOf.some((rows) => rows.length === 0)) return null;
  let sum = 0;
  let pairs = 0;
  for (let a = 0; a < labels; a++)
    for (let b = a + 1; b < labels; b++) {
      const rows = [...rowsOf[a]!, ...rowsOf[b]!];
      for (const label of [a, b])
        sum +=
          (areaUnderRoc(
            rows.map((row) => values[row * labels + label]!),
            rows.map((row) => actual[row] === label),
          ) ?? 0) / 2;
      pairs++;
    }
  return sum / pairs;
}

/** Average precision of each class against the rest; null without positives. */
export function averagePrecisionPerClass(
  values: ArrayLike<number>,
  labels: number,
  actual: ArrayLike<number>,
): (number | null)[] {
  const rows = actual.length;
  return Array.from({ length: labels }, (_, label) =>
    averagePrecision(
      column(values, rows, labels, label),
      Uint8Array.from({ length: rows }, (_unused, row) => (actual[row] === label ? 1 : 0)),
    ),
  );
}

/** Mean of those that are defined; null when none is. */
export function meanOfDefined(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

function meanOrNull(values: readonly (number | null)[]): number | null {
  return values.some((value) => value === null) ? null : meanOfDefined(values);
}

/**
 * Share of rows whose class is among the `k` highest scores. Among equal scores the higher index wins, as in
 * scikit-learn's top_k_accuracy_score (its argmax takes the lower). Null without rows.
 */
export function topKAccuracy(
  values: ArrayLike<number>,
  labels: number,
  actual: ArrayLike<number>,
  k: number,
): number | null {
  const rows = actual.length;
  if (rows === 0) return null;
  let hits = 0;
  for (let row = 0; row < rows; row++) {
    const own = actual[row]!;
    const score = values[row * labels + own]!;
    let ahead = 0;
    for (let label = 0; label < labels; label++) {
      const other = values[row * labels + label]!;
      if (other > score || (other === score && label > own)) ahead++;
    }
    if (ahead < k) hits++;
  }
  return hits / rows;
}
