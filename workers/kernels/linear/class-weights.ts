// scikit-learn's class_weight='balanced': the rarer a class, the more its rows count.

/** sum(s) / (classes present * sum of s over the class), s = row weights over `rows`; 1 for a class without rows. */
export function balancedWeights(
  classOf: Int32Array,
  rows: Int32Array,
  rowWeights: Float64Array,
  classes: number,
): Float64Array {
  const sums = new Float64Array(classes);
  let total = 0;
  for (const row of rows) {
    sums[classOf[row]!]! += rowWeights[row]!;
    total += rowWeights[row]!;
  }
  const present = sums.reduce((count, sum) => count + (sum > 0 ? 1 : 0), 0);
  return sums.map((sum) => (sum > 0 ? total / (present * sum) : 1));
}
