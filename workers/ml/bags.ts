// Texts as bags of weighted rows of a table, and a choice of them as the arrays a plan reads: padded to a few fixed sizes,
// so that plans and memory stay the same from step to step. Where the ids come from is not known here.
import type { StepInputs } from './step-context';

/** Rows of ids with weights, one after another; row r has entries starts[r] … starts[r + 1]. */
export interface Bags {
  starts: Int32Array;
  ids: Int32Array;
  weights: Float32Array;
}

/** Four sizes between powers of two: at most a fifth of a plan's entries are padding. */
export function entryBucket(entries: number): number {
  const least = 64;
  if (entries <= least) return least;
  const quarter = 2 ** (Math.floor(Math.log2(entries)) - 2);
  return Math.ceil(entries / quarter) * quarter;
}

export const entriesOf = ({ starts }: Pick<Bags, 'starts'>, rows: ArrayLike<number>): number => {
  let sum = 0;
  for (let r = 0; r < rows.length; r++) sum += starts[rows[r]! + 1]! - starts[rows[r]!]!;
  return sum;
};

/**
 * The bags `rows`, followed by empty ones up to `bags`, as the inputs `name` (starts, then ids) and `${name}.weights`. What
 * lies after the last entry is padding.
 */
export function packBags(all: Bags, rows: ArrayLike<number>, bags: number, entries: number, name = 'bags'): StepInputs {
  const packed = new Int32Array(bags + 1 + entries);
  const weights = new Float32Array(entries);
  let at = 0;
  for (let r = 0; r < bags; r++) {
    packed[r] = at;
    if (r >= rows.length) continue;
    const from = all.starts[rows[r]!]!;
    const to = all.starts[rows[r]! + 1]!;
    packed.set(all.ids.subarray(from, to), bags + 1 + at);
    weights.set(all.weights.subarray(from, to), at);
    at += to - from;
  }
  packed[bags] = at;
  return { [name]: packed, [`${name}.weights`]: weights };
}
