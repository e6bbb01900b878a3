// Notices that a run has become slow for a while: a computer that got hot, went over to its battery, or does other
// work. Judged by the steps alone; evaluations and pauses do not count. Says so once a sitting.

const windowMs = 5000;
/** Throughput that fell by 40 %. */
const slowShare = 0.6;
/** Windows in a row: 20 s of slow steps are no hiccup. */
const patience = 4;

export interface Slowdown {
  /** Steps a second at the best and now. */
  before: number;
  now: number;
}

export class SlowdownWatch {
  private steps = 0;
  private spentMs = 0;
  private windows = 0;
  private best = 0;
  private slow = 0;
  private told = false;

  /** A step that took `ms`. Gives the finding when the run has just been slow for long enough, else null. */
  step(ms: number): Slowdown | null {
    this.steps++;
    this.spentMs += ms;
    if (this.spentMs < windowMs) return null;
    const rate = (1000 * this.steps) / this.spentMs;
    this.steps = 0;
    this.spentMs = 0;
    // The first window compiles and fills caches, so it sets no mark.
    if (this.windows++ === 0) return null;
    this.best = Math.max(this.best, rate);
    this.slow = rate < slowShare * this.best ? this.slow + 1 : 0;
    if (this.told || this.slow < patience) return null;
    this.told = true;
    return { before: this.best, now: rate };
  }
}

/** For the run's notes. */
export function slowdownMessage({ before, now }: Slowdown): string {
  const share = Math.round(100 * (1 - now / before));
  return `Training became ${share} % slower (${rateOf(before)} steps a second before, ${rateOf(now)} now). The computer may be hot, on battery or busy with something else; the result does not change.`;
}

const rateOf = (rate: number): string => (rate >= 10 ? Math.round(rate).toString() : rate.toFixed(1));
