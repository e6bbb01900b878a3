// A transformer block: attention and a feed-forward layer, each with a residual. Norm before them (GPT, ViT) or after the
// sum (BERT, MiniLM). Queries, keys and values are one packed product unless given as three.
import type { Tensor } from '@tensorflow/tfjs-core';
import { attention } from '../../kernels/attention';
import { attentionAttrs } from '../../kernels/attention-shape';
import { add } from '../../kernels/arithmetic';
import { call } from '../../tape/call';
import type { Initialiser } from '../initialisers';
import type { Parameters } from '../parameters';
import type { StepContext } from '../step-context';
import type { Activation, Layer } from './layer';
import { linear } from './linear';
import { norm, type NormLayer } from './norm';

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
 * x [batch, time, hidden] → the same shape. `ranges` are the first key and the end of the keys that are seen: int32
 * [batch, 1, 2] of each row where rows are padded, [batch, time, 2] of each place where texts lie side by side; `bias` [1, heads, time, time] is added to the scores (relative positions).
 */
export type Block = (context: StepContext, x: Tensor, ranges?: Tensor, bias?: Tensor) => Tensor;

/** The layers of a block, declared already. */
export interface BlockLayers {
  /** One layer to 3 · hidden (queries, keys, values), or three to hidden. */
  qkv: Layer | readonly [q: Layer, k: Layer, v: Layer];
  out: Layer;
  /** With its activation. */
  up: Layer;
  down: Layer;
  /** Of the attention: before it, or after its sum. */
  norm1: NormLayer;
  norm2: NormLayer;
}

/** Declares the layers of a block under names of our own. */
export function transformerBlock(parameters: Parameters, name: string, options: BlockOptions): Block {
  const { hidden, heads, inner, activation = 'gelu', epsilon = 1e-5 } = options;
  if (hidden % heads !== 0) throw new RangeError(`${hidden} numbers cannot be split over ${heads} heads.`);
  const begin = options.initialiser ? { initialiser: options.initialiser } : {};
  const layers: BlockLayers = {
    qkv: linear(parameters, `${name}.attention.qkv`, { inputs: hidden, outputs: 3 * hidden, ...begin }),
    out: linear(parameters, `${name}.attention.out`, { inputs: hidden, outputs: hidden, ...begin }),
    up: linear(parameters, `${name}.feedForward.up`, { inputs: hidden, outputs: inner, activation, ...begin }),
    down: linear(parameters, `${name}.feedForward.down`, { inputs: inner, outputs: hidden, ...begin }),
    norm1: norm(parameters, `${name}.norm1`, hidden, epsilon),
    norm2: norm(parameters, `${name}.norm2`, hidden, epsilon),
  };
  return assembleBlock(name, layers, options);
}

/** A block of layers that are declared elsewhere, such as under the names of another library. */
export function assembleBlock(
  name: string,
  { qkv, out, up, down, norm1, norm2 }: BlockLayers,
  options: Pick<BlockOptions, 'hidden' | 'heads' | 'order' | 'causal' | 'dropout'>,
): Block {
  const { hidden, heads, order = 'pre-norm', causal = false, dropout: rate = 0 } = options;

  const attend = (context: StepContext, x: Tensor, ranges?: Tensor, bias?: Tensor): Tensor => {
    const inputs = typeof qkv === 'function' ? [qkv(context, x)] : qkv.map((layer) => layer(context, x));
    const attrs = attentionAttrs({
      heads,
      headDim: hidden / heads,
      packed: inputs.length === 1,
      causal,
      ranges: ranges !== undefined,
      sideBySide: ranges !== undefined && ranges.shape[1] !== 1,
      bias: bias !== undefined,
    });
    if (ranges) inputs.push(ranges);
    if (bias) inputs.push(bias);
    const seen = context.scope(`${name}.attention`, () => call(attention, inputs, attrs)[0]!);
    return context.dropout(`${name}.attention.dropout`, out(context, seen), rate);
  };
  const feed = (context: StepContext, x: Tensor): Tensor =>
    context.dropout(`${name}.feedForward.dropout`, down(context, up(context, x)), rate);

  if (order === 'post-norm')
    return (context, x, ranges, bias) => {
      const attended = norm1.added(context, attend(context, x, ranges, bias), x).y;
      return norm2.added(context, feed(context, attended), attended).y;
    };
  return (context, x, ranges, bias) => {
    const { y, sum } = norm2.added(context, attend(context, norm1(context, x), ranges, bias), x);
    return add(sum, feed(context, y));
  };
}
