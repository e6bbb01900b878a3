// A list longer than the tallest element a browser can hold: a virtual height scrolled through a physical one.
// Small moves are one to one, jumps are scaled. Pure; VirtualTable owns the element.

export interface ScrollSpace {
  /** Height of all rows in px. */
  virtual: number;
  /** Height of the element that is really scrolled. */
  physical: number;
  /** Height of what is seen. */
  view: number;
}

/** Firefox draws nothing beyond about 17.9 million px, others about 33; far below all of them. */
const tallest = 6_000_000;

export function spaceOf(rows: number, rowHeight: number, view: number): ScrollSpace {
  const virtual = rows * rowHeight;
  return { virtual, physical: Math.min(virtual, tallest), view };
}

export function isScaled(space: ScrollSpace): boolean {
  return space.virtual > space.physical;
}

function scaleOf({ virtual, physical, view }: ScrollSpace): number {
  return physical > view ? (virtual - view) / (physical - view) : 1;
}

export function clampTop(space: ScrollSpace, top: number): number {
  return Math.max(0, Math.min(top, space.virtual - space.view));
}

/** Where the element must be scrolled to so that `top` of the virtual list is the first line seen. */
export function physicalTop(space: ScrollSpace, top: number): number {
  return isScaled(space) ? top / scaleOf(space) : top;
}

/** The first line seen after the element was scrolled from `before.scrollTop` to `scrollTop`. */
export function topAfterScroll(
  space: ScrollSpace,
  before: { top: number; scrollTop: number },
  scrollTop: number,
): number {
  if (!isScaled(space)) return scrollTop;
  if (scrollTop <= 0) return 0;
  if (scrollTop >= space.physical - space.view - 1) return clampTop(space, space.virtual);
  const moved = scrollTop - before.scrollTop;
  return clampTop(space, Math.abs(moved) <= space.view * 1.5 ? before.top + moved : scrollTop * scaleOf(space));
}
