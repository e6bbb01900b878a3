// From a recipe's settings to what the optimizer step takes: schedule, numbers of the optimizer, what the best weights are
// judged by. For every network of the classifier.
import type { Schedule } from '../../../workers/ml/schedule';
import type { LabelTrainer } from '../task';
import type { ClassifierConfig } from './spec';

/** Warm-up never takes more than a tenth of the run. */
export function scheduleOf({ schedule, warmupSteps }: ClassifierConfig, total: number): Schedule {
  const warmup = Math.min(warmupSteps, Math.floor(total / 10));
  switch (schedule) {
    case 'constant':
      return { name: 'constant', warmup };
    case 'one-cycle':
      return { name: 'one-cycle', total: Math.max(2, total) };
    case 'inverse-square-root':
      return { name: 'inverse-square-root', warmup };
    case 'linear':
    case 'cosine':
    case 'cosine-restarts':
    case 'polynomial':
      return { name: schedule, warmup, total };
    default:
      return schedule satisfies never;
  }
}

export function optimizerNumbers({ optimizer, momentum }: ClassifierConfig): {
  momentum?: number;
  nesterov?: boolean;
} {
  if (optimizer === 'sgd') return { momentum, nesterov: momentum > 0 };
  return optimizer === 'rmsprop' ? { momentum } : {};
}

/** How often a run of `total` steps is looked at, and which weights it keeps. */
export function careOf(config: ClassifierConfig, total: number): Pick<LabelTrainer, 'cadence' | 'best'> {
  const { metricForBest, earlyStoppingPatience } = config;
  return {
    cadence: {
      log: config.loggingSteps,
      evaluate: Math.min(config.evalSteps, Math.ceil(total / 4)),
      save: config.saveSteps,
    },
    best: {
      metric: metricForBest === 'loss' ? 'validationLoss' : metricForBest,
      higherIsBetter: metricForBest !== 'loss' && metricForBest !== 'ece',
      patience: earlyStoppingPatience,
    },
  };
}
