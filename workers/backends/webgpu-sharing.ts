// Which temporaries of a plan can lie in the same buffer: those whose lives do not meet. Arrays used by one call never
// share, because a dispatch may not read and write one buffer. Pure.

/** First and last call that touch an array. */
export interface Span {
  words: number;
  first: number;
  last: number;
}

export interface Sharing {
  /** Words of each slot. */
  slots: number[];
  /** Slot of each span. */
  slotOf: number[];
}

/** Greedy in order of birth: the free slot that fits best, else the largest free one grown, else a new one. */
export function shareSlots(spans: readonly Span[]): Sharing {
  const slots: number[] = [];
  const slotOf = new Array<number>(spans.length).fill(-1);
  const born = spans.map((_, index) => index);
  born.sort((a, b) => at(spans, a).first - at(spans, b).first || at(spans, b).words - at(spans, a).words || a - b);
  const busyUntil: number[] = [];
  for (const index of born) {
    const span = at(spans, index);
    const slot = pick(slots, busyUntil, span);
    slots[slot] = Math.max(slots[slot] ?? 0, span.words);
    busyUntil[slot] = span.last;
    slotOf[index] = slot;
  }
  return { slots, slotOf };
}

function pick(slots: readonly number[], busyUntil: readonly number[], span: Span): number {
  let fitting = -1;
  let largest = -1;
  slots.forEach((words, slot) => {
    if ((busyUntil[slot] ?? -1) >= span.first) return;
    if (words >= span.words && (fitting < 0 || words < (slots[fitting] ?? 0))) fitting = slot;
    if (largest < 0 || words > (slots[largest] ?? 0)) largest = slot;
  });
  if (fitting >= 0) return fitting;
  return largest >= 0 ? largest : slots.length;
}

function at(spans: readonly Span[], index: number): Span {
  const span = spans[index];
  if (!span) throw new RangeError(`No span ${index}`);
  return span;
}
