// Seeded randomness for everything that must repeat. Counter-based (Philox4x32-10, Salmon et al. 2011):
// the n-th number of a stream is a pure function of (seed, stream, n), so a checkpoint holds just counters.

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

function mulHi(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const mid = aHigh * bLow + (low >>> 16);
  const mid2 = aLow * bHigh + (mid & 0xffff);
  return (aHigh * bHigh + Math.floor(mid / 0x10000) + (mid2 >>> 16)) >>> 0;
}

/** Four 32-bit words for counter (c0..c3) under key (k0, k1). */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): [number, number, number, number] {
  let a = c0 >>> 0;
  let b = c1 >>> 0;
  let c = c2 >>> 0;
  let d = c3 >>> 0;
  let x = k0 >>> 0;
  let y = k1 >>> 0;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHi(M0, a);
    const low0 = Math.imul(M0, a) >>> 0;
    const high1 = mulHi(M1, c);
    const low1 = Math.imul(M1, c) >>> 0;
    a = (high1 ^ b ^ x) >>> 0;
    b = low1;
    c = (high0 ^ d ^ y) >>> 0;
    d = low0;
    x = (x + W0) >>> 0;
    y = (y + W1) >>> 0;
  }
  return [a, b, c, d];
}

/** A stream of numbers that can be saved (`counter`) and continued. Seed 0 is a seed like any other. */
export class Rng {
  counter = 0;
  private block: [number, number, number, number] = [0, 0, 0, 0];
  private blockIndex = -1;

  constructor(
    readonly seed: number,
    readonly stream = 0,
  ) {}

  uint32(): number {
    const index = Math.floor(this.counter / 4);
    if (index !== this.blockIndex) {
      this.block = philox(
        index >>> 0,
        Math.floor(index / 2 ** 32),
        this.stream,
        0,
        this.seed >>> 0,
        Math.floor(this.seed / 2 ** 32),
      );
      this.blockIndex = index;
    }
    return this.block[(this.counter++ % 4) as 0 | 1 | 2 | 3];
  }
  /** In [0, 1), 32 bits. */
  uniform(): number {
    return this.uint32() / 2 ** 32;
  }
  /** In [0, n), unbiased. */
  integer(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % n;
  }
  /** Standard normal, Box-Muller. */
  normal(): number {
    const u = 1 - this.uniform();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }
  /** Fisher-Yates, in place. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
    return items;
  }
}
