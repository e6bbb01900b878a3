// Random whole numbers for resampling: binomial, and how often each cell is drawn when n are drawn with
// replacement. Exact in distribution, so resampling cells costs no more for a million rows than for a thousand.
import type { Rng } from '../rng';
import { logGamma } from './special';

/** One draw of Binomial(n, p). Inversion for small means, else Hörmann's BTRS (1993). */
export function binomial(rng: Rng, n: number, p: number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(rng, n, 1 - p);
  return n * p < 10 ? byInversion(rng, n, p) : byRejection(rng, n, p);
}

function byInversion(rng: Rng, n: number, p: number): number {
  const odds = p / (1 - p);
  let term = Math.exp(n * Math.log1p(-p));
  let left = rng.uniform();
  let count = 0;
  while (left > term && count < n) {
    left -= term;
    count++;
    term *= (odds * (n - count + 1)) / count;
  }
  return count;
}

function byRejection(rng: Rng, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const mode = Math.floor((n + 1) * p);
  const logOdds = Math.log(p / (1 - p));
  const height = logGamma(mode + 1) + logGamma(n - mode + 1);
  for (;;) {
    const u = rng.uniform() - 0.5;
    const v = 1 - rng.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (k < 0 || k > n) continue;
    if (us >= 0.07 && v <= squeeze) return k;
    const bound = height - logGamma(k + 1) - logGamma(n - k + 1) + (k - mode) * logOdds;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}

/** Draws `sum of sizes` rows with replacement and writes into `hits` how many fell into each cell. */
export function resampleCells(rng: Rng, sizes: ArrayLike<number>, hits: Float64Array): void {
  let rows = 0;
  for (let cell = 0; cell < sizes.length; cell++) rows += sizes[cell]!;
  let draws = rows;
  for (let cell = 0; cell < sizes.length; cell++) {
    const size = sizes[cell]!;
    const hit = draws === 0 ? 0 : size === rows ? draws : binomial(rng, draws, size / rows);
    hits[cell] = hit;
    draws -= hit;
    rows -= size;
  }
}
