// Temporaries of a plan in one piece of memory, shared by life span: two arrays overlap only where no call sees both.
// Largest first, each at the lowest place that is free for its whole life.

export interface Life {
  id: number;
  bytes: number;
  /** Index of the first and of the last call that touches it. */
  first: number;
  last: number;
}

export interface Arena {
  bytes: number;
  /** Byte offset by id, a multiple of 64. */
  offsets: Map<number, number>;
}

const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

export function layOutArena(lives: readonly Life[]): Arena {
  const offsets = new Map<number, number>();
  const placed: (Life & { start: number; end: number })[] = [];
  let bytes = 0;
  for (const life of [...lives].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const size = aligned(life.bytes);
    let start = 0;
    // `placed` is in the order of their places, so one pass finds the lowest gap.
    for (const other of placed) {
      if (other.last < life.first || life.last < other.first) continue;
      if (start + size <= other.start) break;
      start = Math.max(start, other.end);
    }
    const entry = { ...life, start, end: start + size };
    const at = placed.findIndex((other) => other.start > start);
    placed.splice(at < 0 ? placed.length : at, 0, entry);
    offsets.set(life.id, start);
    bytes = Math.max(bytes, entry.end);
  }
  return { bytes, offsets };
}
