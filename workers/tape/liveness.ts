// When the temporaries of a plan are alive, and where they can lie in one piece of memory so that no call sees two in
// the same place. Pure; every device shares memory by these life spans.
import { sizeOf } from '../kernels/kernel';
import type { Plan } from './plan';

export interface Life {
  /** The array; its aliases live in it. */
  id: number;
  words: number;
  /** Index of the first and of the last call that touches it. Outputs live to the end: plan.calls.length. */
  first: number;
  last: number;
}

export interface Arena {
  words: number;
  /** Word offset of each life, by array id. */
  offsets: Map<number, number>;
}

/** The array whose memory `id` is. */
export const rootOf = (plan: Plan, id: number): number => plan.arrays[id]?.alias ?? id;

/** Life spans of all temporaries that a call touches or that are outputs, in the order of their birth. */
export function livesOf(plan: Plan): Life[] {
  const lives = new Map<number, Life>();
  const touch = (id: number, call: number): void => {
    const root = rootOf(plan, id);
    const array = plan.arrays[root];
    if (!array) throw new RangeError(`The plan has no array ${root}.`);
    if (array.kind !== 'temporary') return;
    const known = lives.get(root);
    if (known) known.last = call;
    else lives.set(root, { id: root, words: sizeOf(array), first: call, last: call });
  };
  plan.calls.forEach(({ inputs, outputs }, index) => [...inputs, ...outputs].forEach((id) => touch(id, index)));
  Object.values(plan.outputs).forEach((id) => touch(id, plan.calls.length));
  return [...lives.values()];
}

/**
 * Places in one arena: largest first, each at the lowest place that is free for its whole life. Places are multiples
 * of `alignment` words. Arrays that one call touches never overlap.
 */
export function layOutArena(lives: readonly Life[], alignment = 16): Arena {
  const offsets = new Map<number, number>();
  const placed: (Life & { start: number; end: number })[] = [];
  let words = 0;
  for (const life of [...lives].sort((a, b) => b.words - a.words || a.first - b.first || a.id - b.id)) {
    const size = Math.ceil(life.words / alignment) * alignment;
    let start = 0;
    // `placed` is in the order of places, so one pass finds the lowest gap.
    for (const other of placed) {
      if (other.last < life.first || life.last < other.first) continue;
      if (start + size <= other.start) break;
      start = Math.max(start, other.end);
    }
    const entry = { ...life, start, end: start + size };
    const after = placed.findIndex((other) => other.start > start);
    placed.splice(after < 0 ? placed.length : after, 0, entry);
    offsets.set(life.id, start);
    words = Math.max(words, entry.end);
  }
  return { words, offsets };
}
