// Which score is enough for a label: thresholds from a grid by F1. Tune on validation rows, never on test rows.
import { fScore } from './counts';
import { naturalThreshold } from './multilabel';

export interface Threshold {
  threshold: number;
  f1: number;
}

/** 0.05, 0.10 … 0.95. */
export const thresholdGrid: readonly number[] = Array.from(
  { length: 19 },
  (_, index) => Math.round((index + 1) * 5) / 100,
);

/** A threshold and the last one after it on the grid up to which nothing changes for the worse. */
interface Plateau extends Threshold {
  until: number;
}

function plateau(grid: readonly number[], f1At: (threshold: number, place: number) => number): Plateau {
  let chosen: Plateau = { threshold: grid[0] ?? 0.5, f1: -1, until: grid[0] ?? 0.5 };
  let isOn = false;
  grid.forEach((threshold, place) => {
    const f1 = f1At(threshold, place);
    // Compared after rounding to 12 digits, so that the lowest of equal ones wins whatever the last bit says.
    const more = Math.round(f1 * 1e12) - Math.round(chosen.f1 * 1e12);
    if (more > 0) chosen = { threshold, f1, until: threshold };
    else if (more === 0 && isOn) chosen.until = threshold;
    isOn = more > 0 || (more === 0 && isOn);
  });
  return chosen;
}

function best(grid: readonly number[], f1At: (threshold: number, place: number) => number): Threshold {
  const { threshold, f1 } = plateau(grid, f1At);
  return { threshold, f1 };
}

/** Each label's threshold with the best F1 on these rows, the lowest on ties. `values`: [rows, labels]; `grid` ascends. */
export function tuneThresholds(
  values: ArrayLike<number>,
  labels: number,
  actual: readonly (readonly number[])[],
  grid: readonly number[] = thresholdGrid,
): Threshold[] {
  return plateaus(values, labels, actual, grid).map(({ threshold, f1 }) => ({ threshold, f1 }));
}

/** One pass: a score counts for every threshold up to the last it reaches. */
function plateaus(
  values: ArrayLike<number>,
  labels: number,
  actual: readonly (readonly number[])[],
  grid: readonly number[],
): Plateau[] {
  // [labels, grid + 1]: rows that reach exactly so many thresholds, and those of them that have the label.
  const places = grid.length + 1;
  const reached = new Int32Array(labels * places);
  const held = new Int32Array(labels * places);
  const isOwn = new Uint8Array(labels);
  actual.forEach((own, row) => {
    for (const label of own) isOwn[label] = 1;
    for (let label = 0; label < labels; label++) {
      const at = label * places + thresholdsReached(grid, values[row * labels + label]!);
      reached[at]!++;
      held[at]! += isOwn[label]!;
    }
    for (const label of own) isOwn[label] = 0;
  });
  return Array.from({ length: labels }, (_, label) => {
    const from = label * places;
    for (let i = places - 2; i >= 0; i--) {
      reached[from + i]! += reached[from + i + 1]!;
      held[from + i]! += held[from + i + 1]!;
    }
    return plateau(grid, (_, place) => fScore(held[from + place + 1]!, reached[from + place + 1]!, held[from]!));
  });
}

/** How many of the ascending thresholds a score reaches. */
function thresholdsReached(grid: readonly number[], score: number): number {
  let [low, high] = [0, grid.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (score >= grid[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Fewest positives for a threshold of a label's own. */
const leastPositives = 3;
/** Part of the way from "always this label" to perfect that a tuned threshold must lead. */
const leastGain = 0.05;

/**
 * Each label's tuned threshold where it is worth having, else 0.5: on at least three positives, better than 0.5, and
 * clearly better than giving the label to every row. Of equally good neighbours the middle: rows not seen yet lie on both
 * sides. A model that has hardly learned tells labels apart by luck alone;
 * its best thresholds would choose nearly everything.
 */
export function worthwhileThresholds(
  values: ArrayLike<number>,
  labels: number,
  actual: readonly (readonly number[])[],
): number[] {
  const plain = tuneThresholds(values, labels, actual, [naturalThreshold]);
  const support = new Int32Array(labels);
  for (const own of actual) for (const label of own) support[label]!++;
  return plateaus(values, labels, actual, thresholdGrid).map(({ threshold, f1, until }, label) => {
    const positives = support[label]!;
    const always = fScore(positives, actual.length, positives);
    const isWorth = positives >= leastPositives && f1 > plain[label]!.f1 && f1 - always >= leastGain * (1 - always);
    return isWorth ? (threshold + until) / 2 : naturalThreshold;
  });
}

/** One threshold for all labels with the best micro-F1, the lowest on ties. */
export function tuneGlobalThreshold(
  values: ArrayLike<number>,
  labels: number,
  actual: readonly (readonly number[])[],
  grid: readonly number[] = thresholdGrid,
): Threshold {
  const positive = new Uint8Array(actual.length * labels);
  actual.forEach((own, row) => {
    for (const label of own) positive[row * labels + label] = 1;
  });
  const support = positive.reduce((sum, one) => sum + one, 0);
  return best(grid, (threshold) => {
    let predicted = 0;
    let both = 0;
    for (let index = 0; index < positive.length; index++) {
      if (values[index]! < threshold) continue;
      predicted++;
      both += positive[index]!;
    }
    return fScore(both, predicted, support);
  });
}
