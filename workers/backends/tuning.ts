// Choosing variants by timing them: which ones, in what order, when to stop, what is kept. How one is timed is the
// caller's (webgpu-tuning.ts; for wasm the number of threads can be chosen in the same way). The time is bounded.
import type { EngineProgress, TuningTable } from '../../src/contract/engine';
import { AbortError } from '../../src/contract/errors';
import type { BackendName } from '../../src/contract/records';
import { tuningVersion } from './tuning-table';

/** Something with several forms of the same result. The first one is the safe choice. */
export interface TuningTarget {
  kernel: string;
  sizeClass: string;
  candidates: readonly string[];
}

export interface TuningOptions {
  /** All together, and one variant with its compilation. */
  budgetMs?: number;
  eachMs?: number;
  now?: () => number;
  signal?: AbortSignal;
  onProgress?: (progress: EngineProgress) => void;
}

/** So many times the best one's time: variants further down the list are alike, and are passed over. */
const hopeless = 3;

/** By how much a variant must beat the safe one: less is noise, and the safe one is better proven. */
const worthwhile = 0.95;

/**
 * Times each target's candidates by `time` (milliseconds of one call) until the budget is spent: the first of every
 * target, then the second … so that those slow to compile, which come last, do not disturb the others. What was not
 * reached, fails or does not answer in time keeps the safe variant. Throws AbortError where the signal calls it off.
 */
export async function tune(
  backend: BackendName,
  targets: readonly TuningTarget[],
  time: (target: TuningTarget, variant: string, stop: AbortSignal) => Promise<number>,
  { budgetMs = 3000, eachMs = 800, now = () => performance.now(), signal, onProgress }: TuningOptions = {},
): Promise<TuningTable> {
  const start = now();
  const left = (): number => budgetMs - (now() - start);
  const trials = targets.map((target): Trial => ({ target, tried: [], over: false }));
  const most = Math.max(0, ...targets.map(({ candidates }) => candidates.length));
  for (let rank = 0; rank < most; rank++)
    for (const [index, trial] of trials.entries()) {
      const { target, tried } = trial;
      const variant = target.candidates[rank];
      if (signal?.aborted) throw new AbortError();
      if (variant === undefined || trial.over || left() <= 0) continue;
      const phase = `timing ${target.kernel}, ${target.sizeClass}`;
      onProgress?.({ phase, fraction: (rank + index / trials.length) / most });
      const ms = await within(Math.min(eachMs, left()), (stop) => time(target, variant, stop), signal);
      if (ms !== null) tried.push({ variant, ms });
      const best = Math.min(...tried.map((each) => each.ms));
      trial.over = tried.length > 0 && (ms ?? Infinity) > hopeless * best;
    }
  onProgress?.({ phase: 'done', fraction: 1 });
  const entries = trials.map(({ target: { kernel, sizeClass, candidates }, tried }) => {
    return { kernel, sizeClass, variant: fastest(tried, candidates), tried };
  });
  return { backend, version: tuningVersion, at: Date.now(), seconds: (now() - start) / 1000, entries };
}

interface Trial {
  target: TuningTarget;
  tried: { variant: string; ms: number }[];
  /** What is left of its candidates is not worth the time. */
  over: boolean;
}

function fastest(tried: readonly { variant: string; ms: number }[], candidates: readonly string[]): string {
  const safe = candidates[0] ?? '';
  const safeMs = tried.find(({ variant }) => variant === safe)?.ms;
  const best = tried.reduce<{ variant: string; ms: number } | null>(
    (least, each) => (least === null || each.ms < least.ms ? each : least),
    null,
  );
  // Without the safe one's time there is nothing to beat.
  if (!best || safeMs === undefined || best.ms > safeMs * worthwhile) return safe;
  return best.variant;
}

/**
 * Null where `work` fails or takes longer; it is then told to stop, and what it still does goes unheard. Throws AbortError
 * as soon as `signal` calls all off.
 */
async function within(
  limitMs: number,
  work: (stop: AbortSignal) => Promise<number>,
  signal?: AbortSignal,
): Promise<number | null> {
  const stop = new AbortController();
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', callOff);
    };
    const callOff = (): void => {
      leave();
      stop.abort();
      reject(new AbortError());
    };
    const timer = setTimeout(() => {
      leave();
      stop.abort();
      resolve(null);
    }, limitMs);
    signal?.addEventListener('abort', callOff);
    work(stop.signal)
      .catch(() => null)
      .then((ms) => {
        leave();
        resolve(ms);
      });
  });
}
