// Sparse rows: row i holds the columns indices[offsets[i] .. offsets[i + 1]) and their values. Lies in shared
// memory where there is any, so that threads read it without a copy.

export interface Csr {
  rows: number;
  columns: number;
  /** [rows + 1] */
  offsets: Int32Array;
  /** [non-zeros] */
  indices: Int32Array;
  /** [non-zeros] */
  values: Float64Array;
}

export function makeFloat64(length: number, shared: boolean): Float64Array {
  return new Float64Array(shared ? new SharedArrayBuffer(length * 8) : new ArrayBuffer(length * 8));
}
export function makeInt32(length: number, shared: boolean): Int32Array {
  return new Int32Array(shared ? new SharedArrayBuffer(length * 4) : new ArrayBuffer(length * 4));
}

/** Where the arrays of a job lie. */
export interface Space {
  float64(length: number): Float64Array;
  int32(length: number): Int32Array;
}
/** Arrays one by one, as JavaScript makes them. */
export const loose = (shared: boolean): Space => ({
  float64: (length) => makeFloat64(length, shared),
  int32: (length) => makeInt32(length, shared),
});

export function emptyCsr(rows: number, columns: number, nonZeros: number, shared: boolean): Csr {
  return {
    rows,
    columns,
    offsets: makeInt32(rows + 1, shared),
    indices: makeInt32(nonZeros, shared),
    values: makeFloat64(nonZeros, shared),
  };
}

/** A typed array with room for `needed` entries: the same one, or a copy at least half as large again. */
export function grown<T extends Int32Array | Float64Array>(array: T, needed: number): T {
  if (needed <= array.length) return array;
  const size = Math.max(needed, Math.ceil(array.length * 1.5), 64);
  const larger = (array instanceof Int32Array ? new Int32Array(size) : new Float64Array(size)) as T;
  larger.set(array);
  return larger;
}

/** Puts the columns of `right` after those of `left`, row by row. */
export function besides(left: Csr, right: Csr, shared: boolean): Csr {
  const joined = emptyCsr(left.rows, left.columns + right.columns, left.indices.length + right.indices.length, shared);
  let at = 0;
  for (let row = 0; row < left.rows; row++) {
    for (const [part, shift] of [
      [left, 0],
      [right, left.columns],
    ] as const)
      for (let i = part.offsets[row]!; i < part.offsets[row + 1]!; i++) {
        joined.indices[at] = part.indices[i]! + shift;
        joined.values[at++] = part.values[i]!;
      }
    joined.offsets[row + 1] = at;
  }
  return joined;
}
