// Fingers and mouse on a map of points: one moves it, two zoom it, Shift or the loop's button draws round points, a press
// without a move is a click. Knows nothing of points.
import type { PlaneWindow } from './plane-window.svelte';

export interface GestureActs {
  hover(x: number, y: number): void;
  click(x: number, y: number): void;
  /** A closed loop in CSS pixels. */
  loop(corners: readonly (readonly [number, number])[]): void;
}

const clickWithin = 4;

interface Held {
  id: number;
  x: number;
  y: number;
}

export class PointGestures {
  /** The next press draws a loop. */
  looping = $state(false);
  /** Corners so far. */
  loop = $state.raw<readonly (readonly [number, number])[]>([]);
  idle = $state(true);
  /** Fingers and buttons held down. */
  #down: readonly Held[] = [];
  #moved = 0;
  #drawing = false;

  constructor(
    private readonly plane: PlaneWindow,
    private readonly acts: GestureActs,
  ) {}

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { currentTarget: plot } = event;
    if (plot instanceof HTMLElement) plot.setPointerCapture(event.pointerId);
    this.#hold({ id: event.pointerId, x: event.offsetX, y: event.offsetY });
    this.idle = false;
    if (this.#down.length === 1) {
      this.#moved = 0;
      this.#drawing = this.looping || event.shiftKey;
      this.loop = this.#drawing ? [[event.offsetX, event.offsetY]] : [];
    } else {
      this.#drawing = false;
      this.loop = [];
    }
  }
  move(event: PointerEvent): void {
    const last = this.#down.find(({ id }) => id === event.pointerId);
    if (!last) return this.acts.hover(event.offsetX, event.offsetY);
    const [x, y] = [event.offsetX, event.offsetY];
    this.#moved += Math.hypot(x - last.x, y - last.y);
    if (this.#drawing) this.loop = [...this.loop, [x, y]];
    else if (this.#down.length === 1) this.plane.move(x - last.x, y - last.y);
    else this.#pinch(last, { x, y });
    this.#hold({ id: event.pointerId, x, y });
  }
  up(event: PointerEvent): void {
    if (!this.#down.some(({ id }) => id === event.pointerId)) return;
    this.#release(event.pointerId);
    if (!this.idle) return;
    const loop = this.loop;
    this.loop = [];
    if (this.#drawing && this.#moved > clickWithin) {
      this.looping = false;
      this.acts.loop(loop);
    } else if (this.#moved <= clickWithin) this.acts.click(event.offsetX, event.offsetY);
    this.#drawing = false;
  }
  cancel(event: PointerEvent): void {
    this.#release(event.pointerId);
    this.#drawing = false;
    this.loop = [];
  }

  #hold(held: Held): void {
    this.#down = [...this.#down.filter(({ id }) => id !== held.id), held];
  }
  #release(pointer: number): void {
    this.#down = this.#down.filter(({ id }) => id !== pointer);
    this.idle = this.#down.length === 0;
  }
  #pinch(last: Held, now: { x: number; y: number }): void {
    const other = this.#down.find(({ id }) => id !== last.id);
    if (!other) return;
    const before = Math.hypot(last.x - other.x, last.y - other.y);
    const after = Math.hypot(now.x - other.x, now.y - other.y);
    if (before > 0) this.plane.scale(after / before, (now.x + other.x) / 2, (now.y + other.y) / 2);
    this.plane.move((now.x - last.x) / 2, (now.y - last.y) / 2);
  }
}
