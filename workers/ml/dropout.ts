// Dropout from a counter: the mask of a step is a pure function of seed and step (Philox), so nothing is stored
// to resume, nothing depends on how often other code drew, and every backend sees the same mask.
import { philox } from '../../src/lib/rng';

const stream = 0xd409;

/** Sets `mask` to 0 with probability `rate`, else to 1 / (1 - rate), for `count` values. */
export function dropoutMask(mask: Float32Array, count: number, rate: number, seed: number, step: number): void {
  const kept = 1 / (1 - rate);
  const threshold = rate * 2 ** 32;
  const high = Math.floor(seed / 2 ** 32);
  for (let i = 0; i < count; i += 4) {
    const words = philox(i / 4, step, stream, 0, seed >>> 0, high);
    for (let j = 0; j < 4 && i + j < count; j++) mask[i + j] = words[j]! < threshold ? 0 : kept;
  }
}
