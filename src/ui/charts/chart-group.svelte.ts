// What charts of one screen share: where the cursor stands and which window of x is seen. One object a screen.
import type { Range } from './line-spec';

export class ChartGroup {
  /** The x value under the cursor, null when it is nowhere. */
  cursor = $state<number | null>(null);
  /** The window zoomed to, null for all. */
  zoom = $state.raw<Range | null>(null);

  /** Makes the window half (factor .5) or twice as wide (2) round the cursor or its middle, inside `all`. */
  scale(factor: number, all: Range): void {
    const [low, high] = this.zoom ?? all;
    const centre = this.cursor ?? (low + high) / 2;
    const width = (high - low) * factor;
    const from = Math.max(all[0], Math.min(centre - width / 2, all[1] - width));
    const to = Math.min(all[1], from + width);
    this.zoom = from <= all[0] && to >= all[1] ? null : [from, to];
  }

  reset(): void {
    this.zoom = null;
  }
}
