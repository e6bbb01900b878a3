// From hidden states to one vector a text. Mean and first token are a product with a matrix of weights, which is 0 at padding,
// so they work on texts side by side as well as on padded ones; the largest of each number has a kernel of its own.
import type { Tensor } from '@tensorflow/tfjs-core';
import { matMul } from '../../kernels/matmul';
import { spanMax } from '../../kernels/span-max';
import { reshape } from '../../tape/reshape';
import type { StepContext } from '../step-context';
import type { TokenBatch } from './tokens';

/** Weights [rows, batch · length] of the places in each text's vector: all its tokens alike, or its first one. */
export function poolingWeights(
  { rows, batch, length, starts, lengths }: TokenBatch,
  pooling: 'mean' | 'cls',
): Float32Array {
  const places = batch * length;
  const weights = new Float32Array(rows * places);
  for (let row = 0; row < rows; row++) {
    const tokens = lengths[row]!;
    const at = row * places + starts[row]!;
    if (tokens > 0) weights.fill(pooling === 'mean' ? 1 / tokens : 1, at, at + (pooling === 'mean' ? tokens : 1));
  }
  return weights;
}

/** First place and end of each row's tokens [rows, 2], for maxTokens. */
export const poolingSpans = ({ rows, starts, lengths }: TokenBatch): Int32Array =>
  Int32Array.from({ length: 2 * rows }, (_, i) => starts[i >> 1]! + (i % 2 === 0 ? 0 : lengths[i >> 1]!));

/** The largest of each number over a text's tokens; zeros for padding rows. The input holds poolingSpans. */
export function maxTokens(context: StepContext, tokens: Tensor, input: string, rows: number): Tensor {
  const hidden = tokens.shape.at(-1)!;
  const spans = context.input(input, [rows, 2], 'int32');
  return context.scope('pooling', () => spanMax(reshape(tokens, [tokens.size / hidden, hidden]), spans));
}

/** tokens [batch, length, hidden], the input `input` as poolingWeights makes it → [rows, hidden]. */
export function poolTokens(context: StepContext, tokens: Tensor, input: string, rows: number): Tensor {
  const hidden = tokens.shape.at(-1)!;
  const places = tokens.size / hidden;
  const weights = context.input(input, [rows, places]);
  return context.scope('pooling', () => matMul(weights, reshape(tokens, [places, hidden])));
}
