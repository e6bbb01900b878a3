// One temperature for all classes (Guo et al. 2017): p_c^(1/T), normalised again. It never changes which class is
// first. Fitted on rows the classifier had not seen, by the likelihood of the true class.

/** Scores below this count as this much in the fit, so that one row scored 0 cannot decide alone. */
const leastScore = 1e-12;
const leastLog = Math.log(leastScore);
/** exp of less than this is nothing beside the row's first class, which counts 1. */
const leastExponent = -40;

/**
 * The T that makes the true classes most likely. `scores`: [rows, classes], rows sum to one. The likelihood is
 * concave in 1/T, so Newton's method with bisection as its guard finds the one answer. In [0.01, 100].
 */
export function fitTemperature(
  scores: Float64Array,
  classes: number,
  classOf: ArrayLike<number>,
  weights: ArrayLike<number>,
): number {
  const rows = Math.floor(scores.length / classes);
  if (rows === 0) return 1;
  const logs = logsBelowFirst(scores, classes, rows);
  let low = 0.01;
  let high = 100;
  let inverse = 1;
  for (let round = 0; round < 60; round++) {
    let slope = 0;
    let curvature = 0;
    for (let row = 0; row < rows; row++) {
      const from = row * classes;
      let sum = 0;
      let mean = 0;
      let square = 0;
      for (let c = from; c < from + classes; c++) {
        const log = logs[c]!;
        const exponent = inverse * log;
        if (exponent < leastExponent) continue;
        const e = Math.exp(exponent);
        sum += e;
        mean += e * log;
        square += e * log * log;
      }
      mean /= sum;
      slope += weights[row]! * (logs[from + classOf[row]!]! - mean);
      curvature += weights[row]! * (square / sum - mean * mean);
    }
    if (slope > 0) low = inverse;
    else high = inverse;
    const newton = inverse + slope / Math.max(curvature, 1e-300);
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    if (Math.abs(next - inverse) <= 1e-9 * inverse) break;
    inverse = next;
  }
  return 1 / inverse;
}

/** log p - log of the row's largest p: at most 0, so that exponentials cannot overflow. */
function logsBelowFirst(scores: Float64Array, classes: number, rows: number): Float64Array {
  const logs = new Float64Array(rows * classes);
  for (let from = 0; from < logs.length; from += classes) {
    let most = leastScore;
    for (let c = from; c < from + classes; c++) if (scores[c]! > most) most = scores[c]!;
    const offset = Math.log(most);
    for (let c = from; c < from + classes; c++)
      logs[c] = (scores[c]! > leastScore ? Math.log(scores[c]!) : leastLog) - offset;
  }
  return logs;
}

/** Applies a temperature to one row that sums to one, in place. */
export function temperRow(values: Float64Array, from: number, classes: number, temperature: number): void {
  if (temperature === 1) return;
  let most = 0;
  for (let c = from; c < from + classes; c++) most = Math.max(most, values[c]!);
  let sum = 0;
  for (let c = from; c < from + classes; c++) {
    const value = Math.exp(Math.log(values[c]! / most) / temperature);
    values[c] = value;
    sum += value;
  }
  for (let c = from; c < from + classes; c++) values[c]! /= sum;
}
