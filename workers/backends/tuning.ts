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
 * Times each target's candidates by `time` (milliseconds of one call) until the budget is spent; candidates are in order,
 * alike ones together. What was not reached, fails or does not answer in time keeps the safe variant. Throws AbortError where the signal calls it off.
 */
export async function tune(
  backend: BackendName,
  targets: readonly TuningTarget[],
  time: (target: TuningTarget, variant: string) => Promise<number>,
  { budgetMs = 3000, eachMs = 800, now = () => performance.now(), signal, onProgress }: TuningOptions = {},
): Promise<TuningTable> {
  const start = now();
  const left = (): number => budgetMs - (now() - start);
  const entries: TuningTable['entries'] = [];
  const total = targets.reduce((sum, { candidates }) => sum + candidates.length, 0);
  let done = 0;
  for (const target of targets) {
    const tried: { variant: string; ms: number }[] = [];
    for (const variant of target.candidates) {
      if (signal?.aborted) throw new AbortError();
      onProgress?.({ phase: `timing ${target.kernel}, ${target.sizeClass}`, fraction: done / total });
      done += 1;
      if (left() <= 0) break;
      const ms = await within(Math.min(eachMs, left()), () => time(target, variant));
      if (ms !== null) tried.push({ variant, ms });
      const best = Math.min(...tried.map((each) => each.ms));
      if (tried.length > 0 && (ms ?? Infinity) > hopeless * best) break;
    }
    entries.push({
      kernel: target.kernel,
      sizeClass: target.sizeClass,
      variant: fastest(tried, target.candidates),
      tried,
    });
  }
  onProgress?.({ phase: 'done', fraction: 1 });
  return { backend, version: tuningVersion, at: Date.now(), seconds: (now() - start) / 1000, entries };
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

/** Null where `work` fails or takes longer; it may then still end by itself, unheard. */
async function within(limitMs: number, work: () => Promise<number>): Promise<number | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), limitMs)));
  try {
    return await Promise.race([work().catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
