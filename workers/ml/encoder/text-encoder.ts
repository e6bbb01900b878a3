// What a trainer sees of any encoder of texts, static or transformer: tokens, batches, parameters and a forward pass that
// gives one vector a text. Losses, heads and optimizers are not here.
//
//   const net = encoder.declare(parameters, { frozen: 'embeddings' });        // before the first plan is recorded
//   parameters.write(session, net.weights());                                  // the pre-trained numbers
//   loss: (c) => crossEntropy(head(c, net.encode(c).pooled), c.input('labels', [c.size('rows')], 'int32')).loss
//   const { sizes, inputs } = net.batch(tokens, [4, 0, 9], 16);                // three texts, padded to sixteen rows
//   await stepper.run([{ ...inputs, labels }], { sizes, learningRate: 2e-5 });
//   const files = net.exported(await parameters.read(session));                // names and layout of the base's own files
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorMap } from '../../../src/contract/records';
import type { Parameters } from '../parameters';
import type { StepContext, StepInputs } from '../step-context';
import type { Tokenized } from './tokens';

export type Pooling = 'mean' | 'cls' | 'max';

export interface EncoderLora {
  rank: number;
  alpha: number;
  /** Share of the inputs of A that is dropped while training. */
  dropout?: number;
  /** Last part of the names of linear layers, as in PEFT: "query", "value", "dense" … */
  targets: readonly string[];
}

/** How an encoder is trained. A static encoder knows `frozen` none and encoder only; other settings do not touch it. */
export interface EncoderTraining {
  /** Nothing; the embeddings; the embeddings and the first n layers; all of it. Frozen parts compute no gradients. */
  frozen?: 'none' | 'embeddings' | 'encoder' | number;
  /** Everything but the thin matrices of these layers is frozen then. */
  lora?: EncoderLora | null;
  /** The base's own unless given. */
  pooling?: Pooling;
  /** Share dropped of hidden states and attention's output while training; the base's own unless given. */
  dropout?: number;
  /** Compute each block's inner values anew in the backward pass: less memory, a third more time. */
  recompute?: boolean;
  /** Put before the names of parameters, inputs and sizes, where a step has two encoders. */
  prefix?: string;
}

/** What a step gets for one batch of texts. */
export interface EncoderBatch {
  /** `rows`, and what else makes another plan: bucketed numbers of tokens. */
  sizes: Record<string, number>;
  inputs: StepInputs;
  /** First place of each row among the hidden states: token t of a row is at starts[row] + t. Transformers only. */
  starts?: Int32Array;
}

export interface Encoded {
  /** [rows, dimensions], not of unit length. Padding rows give zeros. */
  pooled: Tensor;
  /** Last hidden states [batch, length, hidden]; EncoderBatch.starts says which place is whose. Transformers only. */
  tokens?: Tensor;
  /** Output of the embeddings and of each layer, the last being `tokens`. Transformers only. */
  hidden?: readonly Tensor[];
  /** First token of each text [rows, hidden], for the heads that want it. Recorded when it is called. Transformers only. */
  first?: () => Tensor;
}

/** An encoder whose parameters are declared: what records its forward pass and makes its batches. */
export interface DeclaredEncoder {
  readonly dimensions: number;
  /**
   * Inputs for these rows of `tokens`, in this order. Filled up to `rowsOfBatch` with empty padding rows, which a loss must
   * not count. `tokens` may hold more texts than are used. Micro-batches of one step must have the same sizes: make each
   * once, take the largest of each size (`largestSizes`), and make them again with these as `least`.
   */
  batch(
    tokens: Tokenized,
    rows: ArrayLike<number>,
    rowsOfBatch?: number,
    least?: Readonly<Record<string, number>>,
  ): EncoderBatch;
  /** Records the forward pass over the batch of the step. Dropout only where the context trains. */
  encode(context: StepContext): Encoded;
  /** Pre-trained values by parameter name, for parameters.write: nothing for what LoRA adds (Parameters.initial has that). */
  weights(): TensorMap;
  /** Parameters read from the device → tensors under the names of the base's files; LoRA is merged into its layers. */
  exported(tensors: TensorMap): TensorMap;
  /**
   * Share of the learning rate of each parameter for layer-wise decay (Howard and Ruder 2018): 1 at the top, times `decay`
   * for each layer below, the embeddings lowest. Parameters that are not the encoder's are not in it.
   */
  rateFactors(decay: number): Map<string, number>;
}

export interface TextEncoder {
  readonly kind: 'static' | 'transformer';
  /** Numbers of a text's vector. */
  readonly dimensions: number;
  /** Most tokens of a text, special ones included. */
  readonly maxLength: number;
  /** Layers that can be frozen one by one; 0 for a static encoder. */
  readonly layers: number;
  /** Pooling of the base's own. */
  readonly pooling: Pooling;
  /** Texts → tokens, cut at `maxLength` (at most this encoder's own). */
  tokenize(texts: readonly string[], maxLength?: number): Tokenized;
  /** Declares its parameters with the groups the options ask for. Once a Parameters and prefix. */
  declare(parameters: Parameters, options?: EncoderTraining): DeclaredEncoder;
}

/** The largest of each size over some batches. */
export function largestSizes(batches: readonly EncoderBatch[]): Record<string, number> {
  const largest: Record<string, number> = {};
  for (const { sizes } of batches)
    for (const [name, size] of Object.entries(sizes)) largest[name] = Math.max(size, largest[name] ?? 0);
  return largest;
}
