// The rules of comparison: what counts as near, and one entry for each thing compared.
import type { BaseCheck } from '../../../../src/contract/bases';

/** Largest difference between two lists, over the largest number of the reference (or `floor` where that is more). */
export function relativeDifference(ours: ArrayLike<number>, wanted: ArrayLike<number>, floor = 0): number {
  if (ours.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let largest = floor;
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    largest = Math.max(largest, Math.abs(wanted[i]!));
    const difference = Math.abs(ours[i]! - wanted[i]!);
    // A number that is none must not pass as near.
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst === 0 ? 0 : worst / largest;
}

export const tolerances = { forward: 1e-4, gradient: 1e-3, noise: 1e-5, laterLoss: 1e-3, norm: 2e-3 } as const;
/** Gradients smaller than this share of the model's largest are compared with that share. */
export const gradientFloor = 1e-4;

export class Entries {
  readonly all: BaseCheck[] = [];

  add(item: string, difference: number, tolerance: number): void {
    this.all.push({ item, difference, tolerance, ok: difference <= tolerance });
  }

  near(item: string, ours: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number, floor = 0): void {
    this.add(item, relativeDifference(ours, wanted, floor), tolerance);
  }

  /** Whole numbers that must be equal: the difference is how many are not. */
  same(item: string, ours: ArrayLike<number>, wanted: ArrayLike<number>): void {
    let wrong = Math.abs(ours.length - wanted.length);
    for (let i = 0; i < Math.min(ours.length, wanted.length); i++) if (ours[i] !== wanted[i]) wrong++;
    this.add(item, wrong, 0);
  }
}

export const largestOf = (values: ArrayLike<number>): number => {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
};

export const normOf = (values: ArrayLike<number>): number => {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i]! ** 2;
  return Math.sqrt(squares);
};
