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

/** Cells of fewer rows are drawn row by row: one cheap draw a row instead of one dear draw a cell. */
const smallCell = 6;

/**
 * Draws as many rows as there are, with replacement, and counts how many fall into each cell. `sizes` (rows of
 * each cell) descending: the large cells are drawn first, each given what is left, the small ones by row.
 */
export class CellResampler {
  private readonly large: number;
  /** The cell of each row of the small cells. */
  private readonly owner: Int32Array;
  private readonly rows: number;

  constructor(private readonly sizes: Float64Array) {
    this.rows = sizes.reduce((sum, size) => sum + size, 0);
    const firstSmall = sizes.findIndex((size) => size < smallCell);
    this.large = firstSmall < 0 ? sizes.length : firstSmall;
    const owner: number[] = [];
    for (let cell = this.large; cell < sizes.length; cell++)
      for (let row = 0; row < sizes[cell]!; row++) owner.push(cell);
    this.owner = Int32Array.from(owner);
  }

  /** One resample into `hits`, which is overwritten. */
  draw(rng: Rng, hits: Float64Array): void {
    let left = this.rows;
    let draws = this.rows;
    hits.fill(0);
    for (let cell = 0; cell < this.large && draws > 0; cell++) {
      const size = this.sizes[cell]!;
      const hit = size === left ? draws : binomial(rng, draws, size / left);
      hits[cell] = hit;
      draws -= hit;
      left -= size;
    }
    for (; draws > 0; draws--) hits[this.owner[rng.integer(this.owner.length)]!]!++;
  }
}
