// How a classifier on a transformer is built, as its model keeps it: what is trained, which head, how texts are read.
import type { EncoderTraining, Pooling } from '../../../../workers/ml/encoder/text-encoder';
import { RecipeError } from '../../../contract/errors';
import type { LoraSetting } from '../../../lib/fields';
import type { ClassifierConfig } from '../spec';
import { fitsHead } from '../spec-transformer';

/** family: that of the base's kind in transformers, on the first token · fitted: logistic regression on text vectors. */
export type HeadKind = 'family' | 'fitted';

export interface NetSettings {
  head: HeadKind;
  labels: number;
  multiLabel: boolean;
  frozen: NonNullable<EncoderTraining['frozen']>;
  lora: LoraSetting | null;
  pooling: Pooling;
  /** Tokens of a text that are read. */
  maxLength: number;
  dropout: number;
  recompute: boolean;
}

/** RecipeError where `freezeLayers` is more than the base has. */
export function netSettings(
  config: ClassifierConfig,
  data: { labels: readonly string[]; multiLabel: boolean },
  base: { pooling: Pooling; maxLength: number; layers: number; name: string },
): NetSettings {
  const { freeze, freezeLayers, lora, dropout, recompute } = config;
  if (freezeLayers > base.layers)
    throw new RecipeError(
      `${base.name} has ${base.layers} layers; the first ${freezeLayers} cannot be frozen. Lower "Frozen layers".`,
    );
  return {
    head: headOf(config),
    labels: data.labels.length,
    multiLabel: data.multiLabel,
    frozen: freeze !== 'encoder' && freezeLayers > 0 ? freezeLayers : freeze,
    lora,
    pooling: base.pooling,
    maxLength: Math.min(config.maxLength, base.maxLength),
    dropout,
    recompute,
  };
}

export const headOf = (config: ClassifierConfig): HeadKind => (fitsHead(config) ? 'fitted' : 'family');
