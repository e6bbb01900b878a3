// Which positions of a batch hold the same row of a table, as one int32 array [3n + 1] made by the host:
//   rows [n]      the distinct ids in ascending order, then -1
//   starts [n+1]  the entries of rows[u] are order[starts[u]] … order[starts[u + 1] - 1]; equal where there are none
//   order [n]     positions sorted by id, and by position where ids are equal
// The sort is stable and made on the host for every backend alike, so that a gradient adds its terms in one order
// everywhere and no backend needs a sort or atomics. 1,280 ids take some 30 µs.

export const segmentWords = (count: number): number => 3 * count + 1;

/**
 * Segments of `ids`; ids below 0, from `vocabulary` on, or equal to `padding` belong to no row. `into` has
 * `segmentWords(ids.length)` words and is filled wholly.
 */
export function segment(ids: Int32Array, vocabulary: number, into: Int32Array, padding = -1): void {
  const count = ids.length;
  const order = sortedPositions(ids, vocabulary, padding);
  let unique = -1;
  let last = -1;
  order.forEach((position, k) => {
    const id = ids[position]!;
    if (id !== last) {
      last = id;
      unique++;
      into[unique] = id;
      into[count + unique] = k;
    }
    into[2 * count + 1 + k] = position;
  });
  into.fill(-1, unique + 1, count);
  into.fill(order.length, count + unique + 1, 2 * count + 1);
  into.fill(0, 2 * count + 1 + order.length);
}

/** Counting sort by 11 bits at a time, least significant first. */
function sortedPositions(ids: Int32Array, vocabulary: number, padding: number): Int32Array {
  const bits = 11;
  let kept = 0;
  let from = new Int32Array(ids.length);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id >= 0 && id < vocabulary && id !== padding) from[kept++] = i;
  }
  from = from.subarray(0, kept);
  let to = new Int32Array(kept);
  for (let shift = 0; 2 ** shift < vocabulary; shift += bits) {
    const counts = new Int32Array(2 ** bits + 1);
    for (const position of from) counts[((ids[position]! >>> shift) & (2 ** bits - 1)) + 1]!++;
    for (let digit = 1; digit < counts.length; digit++) counts[digit]! += counts[digit - 1]!;
    for (const position of from) to[counts[(ids[position]! >>> shift) & (2 ** bits - 1)]!++] = position;
    [from, to] = [to, from];
  }
  return from;
}

/**
 * Segments of the entries of bags (embedding-bag.ts): `bags` are starts [count + 1] and ids [n]. `order` names the bag of an
 * entry instead of its position, and `sorted` [n] gets the weights in that order.
 */
export function segmentBags(
  bags: Int32Array,
  weights: Float32Array,
  vocabulary: number,
  into: Int32Array,
  sorted: Float32Array,
): void {
  const entries = weights.length;
  const count = bags.length - 1 - entries;
  const ids = bags.slice(count + 1).fill(-1, bags[count]!);
  segment(ids, vocabulary, into);
  const bagOf = new Int32Array(entries);
  for (let bag = 0; bag < count; bag++) bagOf.fill(bag, bags[bag]!, bags[bag + 1]!);
  sorted.fill(0);
  const kept = into[2 * entries]!;
  for (let k = 0; k < kept; k++) {
    const entry = into[2 * entries + 1 + k]!;
    sorted[k] = weights[entry]!;
    into[2 * entries + 1 + k] = bagOf[entry]!;
  }
}
