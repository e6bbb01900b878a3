// Which part of a plane from -1 to 1 is seen: how far zoomed and moved. Sizes in CSS pixels, y upwards.
import type { PlaneView } from './point-raster';

const most = 400;
/** Empty border when all is seen. */
const border = 18;

export class PlaneWindow {
  width = $state(0);
  height = $state(0);
  zoom = $state(1);
  #middle = $state.raw<readonly [number, number]>([0, 0]);

  get whole(): boolean {
    return this.zoom === 1 && this.#middle[0] === 0 && this.#middle[1] === 0;
  }
  get view(): PlaneView {
    const fit = Math.max(1, Math.min(this.width, this.height) / 2 - border);
    return { x: this.#middle[0], y: this.#middle[1], scale: fit * this.zoom };
  }
  toPlane(x: number, y: number): readonly [number, number] {
    const view = this.view;
    return [view.x + (x - this.width / 2) / view.scale, view.y - (y - this.height / 2) / view.scale];
  }
  toScreen(x: number, y: number): readonly [number, number] {
    const view = this.view;
    return [this.width / 2 + (x - view.x) * view.scale, this.height / 2 - (y - view.y) * view.scale];
  }
  /** By pixels. */
  move(dx: number, dy: number): void {
    const { x, y, scale } = this.view;
    this.#look(x - dx / scale, y + dy / scale);
  }
  /** Round a place on the screen, which stays where it is. */
  scale(factor: number, x = this.width / 2, y = this.height / 2): void {
    const before = this.toPlane(x, y);
    this.zoom = Math.min(most, Math.max(1, this.zoom * factor));
    const after = this.toPlane(x, y);
    this.#look(this.#middle[0] + before[0] - after[0], this.#middle[1] + before[1] - after[1]);
  }
  /** Moves just as far as needed to see a place. */
  reveal(x: number, y: number): void {
    const [left, top] = this.toScreen(x, y);
    const edge = 24;
    const by = (at: number, size: number): number => (at < edge ? edge - at : at > size - edge ? size - edge - at : 0);
    this.move(by(left, this.width), by(top, this.height));
  }
  reset(): void {
    this.zoom = 1;
    this.#middle = [0, 0];
  }
  #look(x: number, y: number): void {
    const inside = (at: number): number => Math.min(1.2, Math.max(-1.2, at));
    this.#middle = [inside(x), inside(y)];
  }
}
