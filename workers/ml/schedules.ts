// Learning rates by step, exactly as the transformers library has them: the rate of step s (from 0) is read
// before the step, so with a warm-up the first rate is 0.

export const scheduleNames = ['linear', 'cosine', 'constant'] as const;
export type ScheduleName = (typeof scheduleNames)[number];

export interface ScheduleShape {
  warmupSteps: number;
  totalSteps: number;
}

/** Factor of the base rate at `step`: rises from 0 over the warm-up, then falls to 0 (linear, cosine) or stays. */
export function scheduleFactor(name: ScheduleName, step: number, { warmupSteps, totalSteps }: ScheduleShape): number {
  if (step < warmupSteps) return step / Math.max(1, warmupSteps);
  const done = (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  switch (name) {
    case 'constant':
      return 1;
    case 'linear':
      return Math.max(0, 1 - done);
    case 'cosine':
      return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * done)));
    default:
      return name satisfies never;
  }
}
