// Weighted mean of embedding rows (an "embedding bag") with its gradient and a row-sparse optimizer step, on the
// host. tfjs's gradient of gather is dense over the whole table and, on a GPU, adds in no fixed order; here only
// the rows of a batch are touched, always in the order of the batch, so the same run gives the same bits.
import { adamWUpdate, sumOfSquares, type AdamWSettings, type Parameter } from './optimizers';

/** Rows of ids with weights, one after another; row r has entries starts[r] … starts[r + 1]. */
export interface Bags {
  starts: Int32Array;
  ids: Int32Array;
  weights: Float32Array;
}

/** out[r] = sum of weights · table[ids] over the entries of bag rows[r]. `out` is [rows, dimension]. */
export function gatherBags(
  bags: Bags,
  rows: ArrayLike<number>,
  table: ArrayLike<number>,
  dimension: number,
  out: Float32Array,
): void {
  out.fill(0, 0, rows.length * dimension);
  for (let r = 0; r < rows.length; r++) {
    const base = r * dimension;
    const row = rows[r]!;
    for (let k = bags.starts[row]!; k < bags.starts[row + 1]!; k++) {
      const from = bags.ids[k]! * dimension;
      const weight = bags.weights[k]!;
      for (let d = 0; d < dimension; d++) out[base + d]! += weight * table[from + d]!;
    }
  }
}

/** Gradient rows of the table that a batch touched, in the order they were first met. */
export class SparseGradient {
  private slotOf: Int32Array;
  private touched: number[] = [];
  private values = new Float32Array(0);

  constructor(
    tableRows: number,
    private readonly dimension: number,
  ) {
    this.slotOf = new Int32Array(tableRows).fill(-1);
  }

  /** Adds the gradient of a gather: `upstream` is [rows, dimension]. */
  add(bags: Bags, rows: ArrayLike<number>, upstream: Float32Array): void {
    const { dimension } = this;
    for (let r = 0; r < rows.length; r++) {
      const base = r * dimension;
      const row = rows[r]!;
      for (let k = bags.starts[row]!; k < bags.starts[row + 1]!; k++) {
        const to = this.slot(bags.ids[k]!) * dimension;
        const weight = bags.weights[k]!;
        for (let d = 0; d < dimension; d++) this.values[to + d]! += weight * upstream[base + d]!;
      }
    }
  }

  sumOfSquares(): number {
    return sumOfSquares(this.values, 0, this.touched.length * this.dimension);
  }

  /** Updates the touched rows and forgets them. Untouched rows keep value and moments ("lazy" Adam). */
  apply(table: Parameter, step: number, settings: AdamWSettings, scale: number): void {
    const { dimension } = this;
    this.touched.forEach((id, slot) => {
      adamWUpdate(table, this.values, step, settings, scale, id * dimension, slot * dimension, dimension);
      this.slotOf[id] = -1;
    });
    this.values.fill(0, 0, this.touched.length * dimension);
    this.touched = [];
  }

  private slot(id: number): number {
    const known = this.slotOf[id]!;
    if (known >= 0) return known;
    const slot = this.touched.push(id) - 1;
    this.slotOf[id] = slot;
    if ((slot + 1) * this.dimension > this.values.length) {
      const grown = new Float32Array(Math.max(1024 * this.dimension, this.values.length * 2));
      grown.set(this.values);
      this.values = grown;
    }
    return slot;
  }
}
