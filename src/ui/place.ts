// Where a floating thing goes: below its anchor, or above where there is no room, always inside the window.

/** Sets `left`/`top` (fixed) of `floating`, in CSS pixels. Sizes are read once, so call it after it is shown. */
export function placeBeside(anchor: Element, floating: HTMLElement, align: 'start' | 'end' = 'start'): void {
  const gap = 4;
  const edge = 8;
  const a = anchor.getBoundingClientRect();
  const f = floating.getBoundingClientRect();
  const below = a.bottom + gap + f.height <= innerHeight - edge || a.top < innerHeight - a.bottom;
  const top = below ? a.bottom + gap : a.top - gap - f.height;
  const left = align === 'start' ? a.left : a.right - f.width;
  floating.style.left = `${Math.max(edge, Math.min(left, innerWidth - f.width - edge))}px`;
  floating.style.top = `${Math.max(edge, Math.min(top, innerHeight - f.height - edge))}px`;
}
