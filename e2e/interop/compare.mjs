// How far two sets of answers are apart.

/** @param {number[][]} ours @param {number[][]} theirs */
export function vectorsApart(ours, theirs) {
  if (ours.length !== theirs.length) throw new Error(`${theirs.length} vectors for ${ours.length} texts.`);
  let most = 0;
  ours.forEach((vector, i) => {
    if (vector.length !== theirs[i].length) throw new Error(`${theirs[i].length} numbers against ${vector.length}.`);
    vector.forEach((value, d) => (most = larger(most, Math.abs(value - theirs[i][d]))));
  });
  return most;
}

/** @param {{ label: string, score: number }[][]} ours @param {{ values: number[][], labels: string[] }} theirs */
export function answersApart(ours, { values, labels }) {
  if (ours.length !== values.length) throw new Error(`${values.length} answers to ${ours.length} texts.`);
  let most = 0;
  ours.forEach((scores, i) => {
    if (scores.length !== labels.length) throw new Error(`${labels.length} classes against ${scores.length}.`);
    for (const { label, score } of scores) {
      const at = labels.indexOf(label);
      if (at < 0) throw new Error(`There is no class "${label}" in ${labels.join(', ')}.`);
      most = larger(most, Math.abs(score - values[i][at]));
    }
  });
  return most;
}

/** NaN is a difference without end. */
const larger = (a, b) => (Number.isFinite(b) ? Math.max(a, b) : Infinity);
