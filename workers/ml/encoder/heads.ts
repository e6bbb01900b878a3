// The classification heads of each family, as transformers has them: from the first token's hidden state to logits.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Initialiser } from '../initialisers';
import { linear } from '../layers/linear';
import type { Parameters } from '../parameters';
import type { StepContext } from '../step-context';
import type { EncoderShape } from './config';
import { headNames } from './names';

/** How transformers begins new layers (initializer_range of all these families). */
const begin: Initialiser = { kind: 'normal', deviation: 0.02 };

export interface ClassificationHead {
  /** first [rows, hidden] (Encoded.first) → logits [rows, labels]. */
  logits(context: StepContext, first: Tensor): Tensor;
  /** Its first layer alone; BERT's pooler output. */
  dense(context: StepContext, first: Tensor): Tensor;
}

export interface HeadOptions {
  labels: number;
  /** Share of the head's input that is dropped while training; the base's own unless given. */
  dropout?: number;
  prefix?: string;
}

/** Declares the head's parameters under the names transformers has in a file, without the model's own prefix. */
export function classificationHead(
  parameters: Parameters,
  { family, hidden, headDropout }: Pick<EncoderShape, 'family' | 'hidden' | 'headDropout'>,
  { labels, dropout = headDropout, prefix = '' }: HeadOptions,
): ClassificationHead {
  const names = headNames[family];
  const dense = linear(parameters, prefix + names.dense, {
    inputs: hidden,
    outputs: hidden,
    initialiser: begin,
    activation: family === 'distilbert' ? 'relu' : 'tanh',
  });
  const out = linear(parameters, prefix + names.out, { inputs: hidden, outputs: labels, initialiser: begin });
  // RoBERTa and MPNet drop before the first layer, too.
  const before = family === 'roberta' || family === 'mpnet' ? dropout : 0;
  return {
    logits(context, first) {
      const input = context.dropout(`${prefix}${names.dense}.dropout`, first, before);
      return out(context, context.dropout(`${prefix}${names.out}.dropout`, dense(context, input), dropout));
    },
    dense,
  };
}
