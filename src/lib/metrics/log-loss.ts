// Cross-entropy of given probabilities. Probabilities are taken as they are: nothing is renormalised.

/** Doubles' epsilon, scikit-learn's clip: a certain wrong answer costs 36, not infinity. */
const epsilon = 2 ** -52;
const clip = (p: number): number => Math.min(1 - epsilon, Math.max(epsilon, p));

/** Mean of -ln p(actual), natural logarithm. `values`: [rows, labels]. Null without rows. */
export function logLoss(values: ArrayLike<number>, labels: number, actual: ArrayLike<number>): number | null {
  const rows = actual.length;
  if (rows === 0) return null;
  let sum = 0;
  for (let row = 0; row < rows; row++) sum -= Math.log(clip(values[row * labels + actual[row]!]!));
  return sum / rows;
}

/** Several labels: binary cross-entropy, mean over rows and labels. Null without rows. */
export function binaryLogLoss(
  values: ArrayLike<number>,
  labels: number,
  actual: readonly (readonly number[])[],
): number | null {
  const rows = actual.length;
  if (rows === 0 || labels === 0) return null;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const base = row * labels;
    for (let label = 0; label < labels; label++) sum -= Math.log(clip(1 - values[base + label]!));
    for (const label of actual[row]!) {
      const p = values[base + label]!;
      sum += Math.log(clip(1 - p)) - Math.log(clip(p));
    }
  }
  return sum / (rows * labels);
}
