// How alike the student and its teacher find texts that neither was trained on: Spearman's correlation of their cosines,
// over each text's nearest four and two drawn at random.
import { Rng } from '../../src/lib/rng';
import { lengthOf } from '../../workers/ml/encoder/tokens';

const drawStream = 0xa9ee;

/** @returns {string} */
export function agreement({ table, dimensions, tokens, rows, teacher, wide, seed }) {
  const students = rows.map((row) => {
    const sum = new Float64Array(dimensions);
    for (let at = tokens.offsets[row]; at < tokens.offsets[row] + lengthOf(tokens, row); at++)
      for (let d = 0; d < dimensions; d++) sum[d] += table[tokens.ids[at] * dimensions + d];
    const length = Math.hypot(...sum) || 1;
    return sum.map((value) => value / length);
  });
  const teachers = rows.map((row) => teacher.subarray(row * wide, (row + 1) * wide));
  const rng = new Rng(seed, drawStream);
  const judged = 1500;
  const [ours, theirs] = [[], []];
  for (let i = 0; i < Math.min(judged, rows.length); i++) {
    const cosines = teachers.map((other, j) => (j === i ? -2 : dot(teachers[i], other)));
    const nearest = [...cosines.keys()].sort((a, b) => cosines[b] - cosines[a]).slice(0, 4);
    for (const j of [...nearest, rng.integer(rows.length), rng.integer(rows.length)]) {
      if (j === i) continue;
      ours.push(dot(students[i], students[j]));
      theirs.push(cosines[j]);
    }
  }
  const near = theirs.flatMap((value, i) => (value > 0.3 ? [i] : []));
  const of = (list) => near.map((i) => list[i]);
  return `agrees with the teacher ${spearman(ours, theirs).toFixed(4)}, on alike texts ${spearman(of(ours), of(theirs)).toFixed(4)}`;
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

function spearman(a, b) {
  const ranks = (list) => {
    const order = [...list.keys()].sort((x, y) => list[x] - list[y]);
    const rank = new Float64Array(list.length);
    order.forEach((at, i) => (rank[at] = i));
    return rank;
  };
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((value, i) => {
    xy += (value - middle) * (y[i] - middle);
    xx += (value - middle) ** 2;
    yy += (y[i] - middle) ** 2;
  });
  return xy / Math.sqrt(xx * yy);
}
