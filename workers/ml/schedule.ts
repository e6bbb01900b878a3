// Learning rates by step, as transformers and torch have them: the rate of step s (from 0) is read before the step, so
// with a warm-up the first rate is 0. All but the plateau are pure functions of the step; the plateau has a state.

export type Schedule =
  | { name: 'constant'; warmup?: number }
  | { name: 'linear'; warmup?: number; total: number }
  /** `cycles` half-waves times two: 0.5 falls once from 1 to 0. */
  | { name: 'cosine'; warmup?: number; total: number; cycles?: number; minimum?: number }
  /** Falls `cycles` times, starting again from the full rate. */
  | { name: 'cosine-restarts'; warmup?: number; total: number; cycles?: number }
  /** `end` is a rate relative to the base rate. */
  | { name: 'polynomial'; warmup?: number; total: number; end?: number; power?: number }
  | { name: 'inverse-square-root'; warmup: number; timescale?: number }
  /** Warm-up, stable, decay to `minimum` by a half cosine (transformers' get_wsd_schedule). */
  | { name: 'warmup-stable-decay'; warmup: number; stable: number; decay: number; minimum?: number }
  /** torch's OneCycleLR; the base rate is its largest. */
  | {
      name: 'one-cycle';
      total: number;
      start?: number;
      divideBy?: number;
      finalDivideBy?: number;
      anneal?: 'cosine' | 'linear';
    }
  /** torch's CosineAnnealingWarmRestarts: periods of `first`, `first · growth` … steps, down to `minimum`. */
  | { name: 'warm-restarts'; first: number; growth?: number; minimum?: number }
  | { name: 'exponential'; factor: number }
  | { name: 'step'; every: number; factor: number };

/** Factor of the base rate at `step`, from 0. */
export function scheduleFactor(schedule: Schedule, step: number): number {
  const warmup = 'warmup' in schedule ? (schedule.warmup ?? 0) : 0;
  if (schedule.name === 'inverse-square-root') {
    if (step < warmup) return step / Math.max(1, warmup);
    const timescale = schedule.timescale ?? (warmup || 10_000);
    return 1 / Math.sqrt((step + timescale - warmup) / timescale);
  }
  if (step < warmup) return step / Math.max(1, warmup);
  const done = 'total' in schedule ? (step - warmup) / Math.max(1, schedule.total - warmup) : 0;
  switch (schedule.name) {
    case 'constant':
      return 1;
    case 'linear':
      return Math.max(0, 1 - done);
    case 'cosine': {
      const least = schedule.minimum ?? 0;
      const wave = 0.5 * (1 + Math.cos(Math.PI * (schedule.cycles ?? 0.5) * 2 * done));
      return Math.max(0, wave * (1 - least) + least);
    }
    case 'cosine-restarts':
      return done >= 1 ? 0 : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (((schedule.cycles ?? 1) * done) % 1))));
    case 'polynomial': {
      const end = schedule.end ?? 1e-7;
      return done > 1 ? end : (1 - end) * (1 - done) ** (schedule.power ?? 1) + end;
    }
    case 'warmup-stable-decay': {
      const least = schedule.minimum ?? 0;
      const past = step - warmup - schedule.stable;
      if (past < 0) return 1;
      if (past >= schedule.decay) return least;
      return 0.5 * (1 + Math.cos((Math.PI * past) / Math.max(1, schedule.decay))) * (1 - least) + least;
    }
    case 'one-cycle':
      return oneCycle(schedule, step);
    case 'warm-restarts': {
      const { first, growth = 1, minimum = 0 } = schedule;
      let period = first;
      let since = step;
      while (since >= period) {
        since -= period;
        period *= growth;
      }
      return minimum + ((1 - minimum) * (1 + Math.cos((Math.PI * since) / period))) / 2;
    }
    case 'exponential':
      return schedule.factor ** step;
    case 'step':
      return schedule.factor ** Math.floor(step / schedule.every);
    default:
      return schedule satisfies never;
  }
}

function oneCycle(schedule: Extract<Schedule, { name: 'one-cycle' }>, step: number): number {
  const { total, start = 0.3, divideBy = 25, finalDivideBy = 1e4, anneal = 'cosine' } = schedule;
  const low = 1 / divideBy;
  const last = low / finalDivideBy;
  const peak = start * total - 1;
  const between = (from: number, to: number, share: number): number =>
    anneal === 'linear' ? from + (to - from) * share : to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  if (step <= peak) return between(low, 1, step / peak);
  return between(1, last, Math.min(1, (step - peak) / (total - 1 - peak)));
}

export interface PlateauOptions {
  /** Is a smaller or a larger value of the metric better? */
  mode: 'min' | 'max';
  factor: number;
  /** Values without progress that are borne; the one after them lowers the rate. */
  patience: number;
  threshold: number;
  thresholdMode: 'rel' | 'abs';
  /** Values after a reduction that are not counted. */
  cooldown: number;
  /** Never below this rate. */
  minimum: number;
}
export interface PlateauState {
  rate: number;
  best: number | null;
  bad: number;
  cooling: number;
}

/** torch's ReduceLROnPlateau as a pure function of its state. */
export function observePlateau(options: PlateauOptions, state: PlateauState, metric: number): PlateauState {
  const { best } = state;
  const sign = options.mode === 'min' ? -1 : 1;
  const margin = options.thresholdMode === 'rel' ? (best ?? 0) * options.threshold : options.threshold;
  const better = best === null || sign * (metric - (best + sign * margin)) > 0;
  const cooling = Math.max(0, state.cooling - 1);
  const bad = better || state.cooling > 0 ? 0 : state.bad + 1;
  const next = { rate: state.rate, best: better ? metric : best, bad, cooling };
  if (bad <= options.patience) return next;
  const lowered = Math.max(state.rate * options.factor, options.minimum);
  return { ...next, rate: state.rate - lowered > 1e-8 ? lowered : state.rate, bad: 0, cooling: options.cooldown };
}
