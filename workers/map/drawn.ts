// Which rows stand for many: evenly spread places, or a seeded draw. Pure.
import { Rng } from '../../src/lib/rng';

/** `most` places of `rows`, evenly spread and ascending; all of them where there are no more. */
export function evenPlaces(rows: number, most: number): Uint32Array<ArrayBuffer> {
  const count = Math.min(rows, most);
  return Uint32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count));
}

/** `most` of 0 … count - 1 drawn without replacement, ascending; the same draw for the same numbers. */
export function drawn(count: number, most: number, seed = 0): Uint32Array<ArrayBuffer> {
  const all = Uint32Array.from({ length: count }, (_, i) => i);
  if (count <= most) return all;
  return new Rng(seed).shuffle(all).slice(0, most).sort();
}
