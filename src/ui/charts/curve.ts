// What happens to a curve between measurement and screen: smoothing and decimation. Pure, on plain arrays;
// x ascends. Neither hides what was measured: the unsmoothed line stays faint behind, peaks are kept.

export interface CurvePoints {
  x: Float64Array;
  y: Float64Array;
}

/**
 * Exponential moving average with start-up correction, as TensorBoard's: weight 0 is the data itself, .99 nearly flat.
 * Points that are not finite are left as gaps and do not move the average.
 */
export function smooth(y: Float64Array, weight: number): Float64Array {
  if (weight <= 0) return y;
  const result = new Float64Array(y.length);
  let average = 0;
  let correction = 1;
  for (let i = 0; i < y.length; i++) {
    const value = y[i]!;
    if (!Number.isFinite(value)) {
      result[i] = value;
      continue;
    }
    average = average * weight + (1 - weight) * value;
    correction *= weight;
    result[i] = average / (1 - correction);
  }
  return result;
}

/**
 * At most about 4 points per bucket (first, lowest, highest, last of each), so no peak is lost; short curves are
 * returned as they are. `from`/`to` cut to what is seen, with one point more at each side so that lines reach the edge.
 */
export function decimate(points: CurvePoints, buckets: number, from = -Infinity, to = Infinity): CurvePoints {
  const { x, y } = points;
  let start = 0;
  let end = x.length;
  while (start < end - 1 && x[start + 1]! < from) start++;
  while (end > start + 1 && x[end - 2]! > to) end--;
  const count = end - start;
  if (count <= buckets * 4) return { x: x.slice(start, end), y: y.slice(start, end) };
  const keep: number[] = [];
  const low = x[start]!;
  const width = (x[end - 1]! - low) / buckets || 1;
  let i = start;
  while (i < end) {
    const bucket = Math.floor((x[i]! - low) / width);
    const first = i;
    let lowest = i;
    let highest = i;
    while (i < end && Math.floor((x[i]! - low) / width) === bucket) {
      if (y[i]! < y[lowest]!) lowest = i;
      if (y[i]! > y[highest]!) highest = i;
      i++;
    }
    const chosen = [first, lowest, highest, i - 1].sort((a, b) => a - b);
    for (const index of chosen) if (keep.at(-1) !== index) keep.push(index);
  }
  return { x: Float64Array.from(keep, (k) => x[k]!), y: Float64Array.from(keep, (k) => y[k]!) };
}

/** Index of the point nearest to `at`, -1 for an empty curve. Binary search; x ascends. */
export function nearestIndex(x: ArrayLike<number>, at: number): number {
  if (x.length === 0) return -1;
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! < at) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && at - x[low - 1]! <= x[low]! - at) return low - 1;
  return low;
}
