// Pairs made from class labels: alike within a class, not alike across classes. A pure function of seed and epoch, so that a
// resumed run sees the same ones; no pair comes twice before every one of its kind has come, as far as that can be.
import { Rng } from '../../lib/rng';

const orderStream = 0xc1a5;

/** Rows of each class in an order of the seed's, classes one after another. Rows of class -1 are in none. */
export interface ClassOrder {
  /** Row numbers, class by class. */
  rows: Int32Array;
  /** Where each class begins in `rows`, and the end of the last. */
  starts: Int32Array;
  largest: number;
}

export function classOrder(classes: ArrayLike<number>, count: number, seed: number): ClassOrder {
  const members: number[][] = Array.from({ length: count }, () => []);
  for (let row = 0; row < classes.length; row++) members[classes[row]!]?.push(row);
  const random = new Rng(seed, orderStream);
  const starts = new Int32Array(count + 1);
  const rows: number[] = [];
  members.forEach((own, i) => {
    rows.push(...random.shuffle(own));
    starts[i + 1] = rows.length;
  });
  return { rows: Int32Array.from(rows), starts, largest: Math.max(0, ...members.map((own) => own.length)) };
}

/** Different distances within a circle of n: farther ones give the same pairs again. */
const distances = (n: number): number => Math.max(n === 2 ? 1 : 0, Math.floor((n - 1) / 2));

/**
 * Each row with another of its class: in epoch e the one e + 1 further on, so all pairs come before one comes again (but the
 * opposite ones of classes with an even number). Classes of one row have none. [first, second] flat.
 */
export function alikePairs({ rows, starts }: ClassOrder, epoch: number): Int32Array {
  const pairs: number[] = [];
  for (let c = 0; c + 1 < starts.length; c++) {
    const [from, n] = [starts[c]!, starts[c + 1]! - starts[c]!];
    if (n < 2) continue;
    const shift = 1 + (epoch % distances(n));
    for (let i = 0; i < (n === 2 ? 1 : n); i++) pairs.push(rows[from + i]!, rows[from + ((i + shift) % n)]!);
  }
  return Int32Array.from(pairs);
}

/**
 * Each row with one of another class. Rows stand class by class in a circle, so any distance from the largest class on
 * crosses classes. Where one class is more than half of all, each row of the others gets one of it.
 */
export function otherPairs({ rows, starts, largest }: ClassOrder, epoch: number): Int32Array {
  const total = rows.length;
  const span = Math.floor((total - 1) / 2) - largest + 1;
  const pairs: number[] = [];
  if (span > 0) {
    const shift = largest + (epoch % span);
    for (let i = 0; i < total; i++) pairs.push(rows[i]!, rows[(i + shift) % total]!);
    return Int32Array.from(pairs);
  }
  const [from, to] = largestClass(starts);
  const outside = [...rows.subarray(0, from), ...rows.subarray(to)];
  outside.forEach((row, i) => pairs.push(row, rows[from + ((i + epoch) % Math.max(1, to - from))]!));
  return Int32Array.from(pairs);
}

function largestClass(starts: Int32Array): [number, number] {
  let best: [number, number] = [0, 0];
  for (let c = 0; c + 1 < starts.length; c++)
    if (starts[c + 1]! - starts[c]! > best[1] - best[0]) best = [starts[c]!, starts[c + 1]!];
  return best;
}
