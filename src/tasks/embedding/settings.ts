// From a recipe's settings to those of the parts: encoder, loss, rates. Pure.
import type { EncoderTraining, TextEncoder } from '../../../workers/ml/encoder/text-encoder';
import type { Schedule } from '../../../workers/ml/schedule';
import type { LossName } from './examples';
import type { LossSettings } from './losses';
import type { EmbeddingConfig } from './spec';

/** SimCSE's own, where the base has none: without it both passes of a text are the same. */
const simcseDropout = 0.1;

export function encoderTraining(config: EmbeddingConfig, { kind, layers }: TextEncoder): EncoderTraining {
  if (kind === 'static') return {};
  const { pooling, dropout, freeze, freezeLayers, lora, recompute } = config;
  return {
    frozen: freezeLayers > 0 ? Math.min(freezeLayers, layers) : freeze,
    ...(pooling === 'auto' ? {} : { pooling }),
    ...(dropout >= 0 ? { dropout } : {}),
    ...(lora ? { lora } : {}),
    recompute,
  };
}

/** Share of the text vector left out: static encoders have no layers to leave anything out of. */
export function vectorDropout({ dropout }: EmbeddingConfig, loss: LossName, { kind }: TextEncoder): number {
  if (kind !== 'static') return 0;
  return dropout >= 0 ? dropout : loss === 'simcse' ? simcseDropout : 0;
}

export function lossSettings(config: EmbeddingConfig, loss: LossName, hasThird: boolean): LossSettings {
  const { margin, temperature, alikeFrom, mining, dimensions } = config;
  const mines =
    loss === 'triplet'
      ? (mining === 'auto' && !hasThird) || mining === 'hard'
      : loss === 'contrastive' && mining === 'hard';
  return { loss, margin, temperature, alikeFrom, mining: mines ? 'hard' : 'none', shorter: dimensions };
}

/** Warm-up never takes more than a tenth of the run. */
export function scheduleOf({ schedule, warmupSteps }: EmbeddingConfig, total: number): Schedule {
  const warmup = Math.min(warmupSteps, Math.floor(total / 10));
  return schedule === 'constant' ? { name: schedule, warmup } : { name: schedule, warmup, total };
}
