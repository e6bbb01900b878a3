// Which distance between query and key has which bucket of a relative position table, as T5 and MPNet have it in
// transformers: near distances one each, far ones in growing steps, the farthest all in the last.

export interface RelativeBuckets {
  /** Rows of the table: 32 in T5 and MPNet. */
  buckets: number;
  /** Distances from here on share the last bucket: 128. */
  maxDistance: number;
  /** Later keys have buckets of their own (encoders); else they count as distance 0 (T5's decoder). */
  bidirectional: boolean;
}

/** Bucket of a key that lies `distance` after the query (negative: before it). */
export function relativeBucket(distance: number, { buckets, maxDistance, bidirectional }: RelativeBuckets): number {
  const own = bidirectional ? Math.floor(buckets / 2) : buckets;
  const start = bidirectional && distance > 0 ? own : 0;
  const far = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  const exact = Math.floor(own / 2);
  if (far < exact) return start + far;
  // In float32 as there, because whole results decide.
  const log = Math.fround(Math.log(Math.fround(far / exact)));
  const share = Math.fround(Math.fround(log / Math.fround(Math.log(maxDistance / exact))) * (own - exact));
  return start + Math.min(exact + Math.trunc(share), own - 1);
}

/** The kernel RelativeBias's input: buckets of the distances 1 - queries … keys - 1. */
export function relativeBuckets(queries: number, keys: number, settings: RelativeBuckets): Int32Array {
  return Int32Array.from({ length: queries + keys - 1 }, (_, i) => relativeBucket(i - (queries - 1), settings));
}
