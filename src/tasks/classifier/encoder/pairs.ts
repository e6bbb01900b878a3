// Pairs of examples for few-shot training (SetFit, Tunstall et al. 2022): each example with some of its own class (1) and as
// many of others (0), in an order that the seed alone decides.
import { Rng } from '../../../lib/rng';
import type { TaskRows } from '../../task';

/** Stream of the seed. */
const pairStream = 0x5e7f;

/** Draws until one is of another class; only where nearly all rows share a label are there none. */
const mostTries = 100;

export interface Pairs {
  /** Rows of the two texts of each pair. */
  first: Int32Array;
  second: Int32Array;
  /** 1 for two of one class, 0 for two of different ones. */
  alike: Float32Array;
}

/** At most `perClass` examples of each class. With several labels two rows are alike where they share one. */
export function makePairs(
  { targets }: Pick<TaskRows, 'targets'>,
  labels: number,
  { seed, perClass, pairsPerExample }: { seed: number; perClass: number; pairsPerExample: number },
): Pairs {
  const random = new Rng(seed, pairStream);
  const rowsOf = Array.from({ length: labels }, (): number[] => []);
  targets.forEach((own, row) => own.forEach((label) => rowsOf[label]!.push(row)));
  const drawn = rowsOf.map((rows) => random.shuffle([...rows]).slice(0, perClass));
  const chosen = [...new Set(drawn.flat())].sort((a, b) => a - b);
  const pairs: [number, number, number][] = [];
  const half = Math.max(1, Math.floor(pairsPerExample / 2));
  for (const row of chosen) {
    const own = new Set(targets[row]!);
    const isAlike = (other: number): boolean => targets[other]!.some((label) => own.has(label));
    const alike = [...new Set([...own].flatMap((label) => drawn[label]!))].filter((other) => other !== row);
    for (let i = 0; i < half; i++) {
      if (alike.length > 0) pairs.push([row, alike[random.integer(alike.length)]!, 1]);
      for (let tries = 0; tries < mostTries; tries++) {
        const other = chosen[random.integer(chosen.length)]!;
        if (isAlike(other)) continue;
        pairs.push([row, other, 0]);
        break;
      }
    }
  }
  random.shuffle(pairs);
  return {
    first: Int32Array.from(pairs, ([row]) => row),
    second: Int32Array.from(pairs, ([, row]) => row),
    alike: Float32Array.from(pairs, ([, , alike]) => alike),
  };
}
