// A transformer block: attention and a feed-forward layer, each with a residual. Norm before them (GPT, ViT) or after the
// sum (BERT, MiniLM). Queries, keys and values are one packed product.
import type { Tensor } from '@tensorflow/tfjs-core';
import { attention } from '../../kernels/attention';
import { attentionAttrs } from '../../kernels/attention-shape';
import { add } from '../../kernels/arithmetic';
import { call } from '../../tape/call';
import type { Initialiser } from '../initialisers';
import type { Parameters } from '../parameters';
import type { StepContext } from '../step-context';
import type { Activation } from './layer';
import { linear } from './linear';
import { norm } from './norm';

export interface BlockOptions {
  hidden: number;
  heads: number;
  /** Width of the feed-forward layer. */
  inner: number;
  order?: 'pre-norm' | 'post-norm';
  activation?: Activation;
  causal?: boolean;
  epsilon?: number;
  /** Of what attention and feed-forward layer add, as BERT's hidden dropout. */
  dropout?: number;
  initialiser?: Initialiser;
}

/**
 * x [batch, time, hidden] → the same shape. `ranges` int32 [batch, 1, 2] are the first key and the end of each row's keys,
 * where rows are padded.
 */
export type Block = (context: StepContext, x: Tensor, ranges?: Tensor) => Tensor;

export function transformerBlock(parameters: Parameters, name: string, options: BlockOptions): Block {
  const { hidden, heads, inner, order = 'pre-norm', activation = 'gelu', causal = false, epsilon = 1e-5 } = options;
  const rate = options.dropout ?? 0;
  if (hidden % heads !== 0) throw new RangeError(`${hidden} numbers cannot be split over ${heads} heads.`);
  const begin = options.initialiser ? { initialiser: options.initialiser } : {};
  const qkv = linear(parameters, `${name}.attention.qkv`, { inputs: hidden, outputs: 3 * hidden, ...begin });
  const out = linear(parameters, `${name}.attention.out`, { inputs: hidden, outputs: hidden, ...begin });
  const up = linear(parameters, `${name}.feedForward.up`, { inputs: hidden, outputs: inner, activation, ...begin });
  const down = linear(parameters, `${name}.feedForward.down`, { inputs: inner, outputs: hidden, ...begin });
  const first = norm(parameters, `${name}.norm1`, hidden, epsilon);
  const second = norm(parameters, `${name}.norm2`, hidden, epsilon);

  const attend = (context: StepContext, x: Tensor, ranges?: Tensor): Tensor => {
    const packed = qkv(context, x);
    const attrs = attentionAttrs({
      heads,
      headDim: hidden / heads,
      packed: true,
      causal,
      ranges: ranges !== undefined,
    });
    const seen = context.scope(
      `${name}.attention`,
      () => call(attention, ranges ? [packed, ranges] : [packed], attrs)[0]!,
    );
    return context.dropout(`${name}.attention.dropout`, out(context, seen), rate);
  };
  const feed = (context: StepContext, x: Tensor): Tensor =>
    context.dropout(`${name}.feedForward.dropout`, down(context, up(context, x)), rate);

  if (order === 'post-norm')
    return (context, x, ranges) => {
      const attended = first.added(context, attend(context, x, ranges), x).y;
      return second.added(context, feed(context, attended), attended).y;
    };
  return (context, x, ranges) => {
    const { y, sum } = second.added(context, attend(context, first(context, x), ranges), x);
    return add(sum, feed(context, y));
  };
}
