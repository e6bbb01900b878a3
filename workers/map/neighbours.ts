// Exact nearest neighbours by plain comparison. Distances stop adding up once they are too far, which is soon where the
// first numbers say most (principal components). Not an index: at these sizes none is needed.

/** The nearest so far, nearest first. */
interface Nearest {
  ids: Int32Array;
  distances: Float64Array;
}

const stride = 8;

/**
 * For row `row` of `values` the `count` nearest among `candidates` (rows of `among`), by squared Euclidean distance. Itself
 * is left out where it is a candidate of the same array and `self` is given.
 */
export function nearestRows(
  values: Float32Array,
  row: number,
  among: Float32Array,
  columns: number,
  count: number,
  found: Nearest,
  self = -1,
): void {
  const { ids, distances } = found;
  distances.fill(Infinity);
  ids.fill(-1);
  const from = row * columns;
  const rows = among.length / columns;
  for (let candidate = 0; candidate < rows; candidate++) {
    if (candidate === self) continue;
    const worst = distances[count - 1]!;
    const other = candidate * columns;
    let sum = 0;
    for (let i = 0; i < columns && sum < worst;) {
      const end = Math.min(columns, i + stride);
      for (; i < end; i++) {
        const difference = values[from + i]! - among[other + i]!;
        sum += difference * difference;
      }
    }
    if (sum >= worst) continue;
    let place = count - 1;
    for (; place > 0 && distances[place - 1]! > sum; place--) {
      distances[place] = distances[place - 1]!;
      ids[place] = ids[place - 1]!;
    }
    distances[place] = sum;
    ids[place] = candidate;
  }
}

export function roomFor(count: number): Nearest {
  return { ids: new Int32Array(count), distances: new Float64Array(count) };
}

/** Rows of unit vectors with the largest cosine to a unit vector, best first; of equals the earlier row. */
export function mostSimilar(
  values: Float32Array,
  dimensions: number,
  vector: Float32Array,
  count: number,
): { row: number; similarity: number }[] {
  const rows = values.length / dimensions;
  const best: { row: number; similarity: number }[] = [];
  let worst = -Infinity;
  for (let row = 0; row < rows; row++) {
    const from = row * dimensions;
    let sum = 0;
    for (let i = 0; i < dimensions; i++) sum += values[from + i]! * vector[i]!;
    if (best.length === count && sum <= worst) continue;
    let place = best.length;
    while (place > 0 && best[place - 1]!.similarity < sum) place--;
    best.splice(place, 0, { row, similarity: sum });
    if (best.length > count) best.pop();
    worst = best.at(-1)!.similarity;
  }
  return best;
}

/** Unit length, in place; a vector of zeros stays. */
export function toUnitLength(values: Float32Array, dimensions: number): void {
  for (let from = 0; from < values.length; from += dimensions) {
    let sum = 0;
    for (let i = 0; i < dimensions; i++) sum += values[from + i]! ** 2;
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
    for (let i = 0; i < dimensions; i++) values[from + i]! *= scale;
  }
}
