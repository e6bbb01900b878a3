// Which rows of a table the micro-batches of one step touch together, so that their gradients add up in a store that holds
// touched rows only and never the whole table. Made on the host from the segments (kernels/segments.ts) of each. Pure.

export interface MergedRows {
  /** Distinct rows of all micro-batches in ascending order, then -1. */
  rows: Int32Array;
  /** Of each micro-batch: where in `rows` each of its own distinct rows stands, then -1. */
  slots: Int32Array[];
}

/** Rows a store must hold for `count` micro-batches that look up `entries` ids each. */
export const storeRows = (count: number, entries: number, vocabulary: number): number =>
  Math.min(count * entries, vocabulary);

/** `segments`: one array [3 · entries + 1] a micro-batch, all of one size. `capacity` as of `storeRows`. */
export function mergeRows(segments: readonly Int32Array[], capacity: number): MergedRows {
  const own = segments.map((one) => {
    const entries = (one.length - 1) / 3;
    const end = one.subarray(0, entries).indexOf(-1);
    return one.subarray(0, end === -1 ? entries : end);
  });
  const all = new Int32Array(own.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const rows of own) {
    all.set(rows, filled);
    filled += rows.length;
  }
  all.sort();
  const rows = new Int32Array(capacity).fill(-1);
  let unique = 0;
  all.forEach((row, i) => {
    if (i === 0 || row !== all[i - 1]) rows[unique++] = row;
  });
  const slots = own.map((mine, k) => {
    const found = new Int32Array((segments[k]!.length - 1) / 3).fill(-1);
    let slot = 0;
    mine.forEach((row, u) => {
      while (rows[slot] !== row) slot++;
      found[u] = slot;
    });
    return found;
  });
  return { rows, slots };
}
