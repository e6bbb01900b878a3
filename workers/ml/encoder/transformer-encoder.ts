// BERT, DistilBERT, RoBERTa and MPNet from one description: embeddings, blocks with the norm after the sum, pooling. What
// transformers computes but for the dropout of attention probabilities, which the attention kernel never has at hand.
// Classification heads are in heads.ts, reading folders in workers/bases.
import type { Tensor } from '@tensorflow/tfjs-core';
import { RecipeError } from '../../../src/contract/errors';
import type { TensorMap } from '../../../src/contract/records';
import { add } from '../../kernels/arithmetic';
import { relativeBias } from '../../kernels/relative-bias';
import { call } from '../../tape/call';
import type { Initialiser } from '../initialisers';
import { activations, type Layer } from '../layers/layer';
import { linear, type LinearLayer, type LinearOptions } from '../layers/linear';
import { norm } from '../layers/norm';
import { assembleBlock, type Block } from '../layers/transformer-block';
import { lora, mergeLora } from '../lora';
import type { Parameters } from '../parameters';
import { recompute } from '../recompute';
import { relativeBuckets } from '../relative-buckets';
import type { StepContext } from '../step-context';
import type { EncoderShape } from './config';
import {
  blockNames,
  embeddingNames,
  encoderTensors,
  packBlocks,
  relativeName,
  unpackBlocks,
  type BlockNames,
  type ImportedTensors,
} from './names';
import { encoderInputs, inputNames } from './inputs';
import { maxTokens, poolTokens } from './pooling';
import type { DeclaredEncoder, EncoderTraining, Pooling, TextEncoder } from './text-encoder';
import type { Tokenized } from './tokens';

/** How transformers begins what a file does not give. */
const begin: Initialiser = { kind: 'normal', deviation: 0.02 };

export interface TransformerEncoderOptions {
  shape: EncoderShape;
  /** From importTensors. */
  tensors: Pick<ImportedTensors, 'encoder' | 'pooler'>;
  /** Cuts at `maxLength`, which may be infinite. */
  tokenize(texts: readonly string[], maxLength: number): Tokenized;
  /** Of the folder's 1_Pooling; mean unless it says otherwise. */
  pooling?: Pooling;
  /** Of the folder's sentence_bert_config.json, where it is less than the model's positions. */
  maxLength?: number;
}

export interface TransformerEncoder extends TextEncoder {
  readonly kind: 'transformer';
  readonly shape: EncoderShape;
  /** Tokens of texts that nothing is cut from: longer ones than `maxLength` cannot be encoded. */
  tokenizeWhole(texts: readonly string[]): Tokenized;
}

export function createTransformerEncoder(options: TransformerEncoderOptions): TransformerEncoder {
  const { shape, tensors, tokenize, pooling = 'mean' } = options;
  const maxLength = Math.min(shape.maxLength, options.maxLength ?? shape.maxLength);
  return {
    kind: 'transformer',
    shape,
    dimensions: shape.hidden,
    maxLength,
    layers: shape.layers,
    pooling,
    tokenize: (texts, most = maxLength) => tokenize(texts, Math.min(most, maxLength)),
    tokenizeWhole: (texts) => tokenize(texts, Number.POSITIVE_INFINITY),
    declare: (parameters, training = {}) =>
      declareEncoder(parameters, shape, tensors, { ...training, pooling: training.pooling ?? pooling }),
  };
}

function declareEncoder(
  parameters: Parameters,
  shape: EncoderShape,
  tensors: TransformerEncoderOptions['tensors'],
  training: EncoderTraining & { pooling: Pooling },
): DeclaredEncoder {
  const { prefix = '', pooling, frozen = 'none', lora: thin } = training;
  const blocks = Array.from({ length: shape.layers }, (_, layer) => blockNames(shape.family, layer));
  const split = (names: BlockNames): boolean =>
    [names.query, names.key, names.value].some((name) => isTarget(name, thin?.targets ?? []));
  const packed = blocks.filter((names) => !split(names));
  const rate = frozen === 'encoder' ? 0 : (training.dropout ?? shape.dropout);

  const embed = declareEmbeddings(parameters, shape, prefix, rate);
  const layers = blocks.map((names) =>
    declareBlock(parameters, shape, names, { split: split(names), prefix, rate, thin }),
  );
  if (shape.relativeBuckets > 0)
    // Its name has "bias" in it, so the trainer of transformers does not let it decay.
    parameters.declare(prefix + relativeName, [shape.relativeBuckets, shape.heads], {
      initialiser: begin,
      group: 'plain',
    });
  if (thin && !blocks.some((names) => Object.values(names).some((name: string) => isTarget(name, thin.targets))))
    throw new RecipeError(`This encoder has no layers called ${thin.targets.join(', ')}. ${layerAdvice(blocks[0])}`);
  const isFrozen = frozenPart(shape, blocks, thin ? 'encoder' : frozen);
  parameters.freeze(
    (name) => name.startsWith(prefix) && !/\.lora_[AB]\.weight$/.test(name) && isFrozen(name.slice(prefix.length)),
  );
  const inputs = inputNames(prefix);

  const biasOf = (context: StepContext, time: number): Tensor | undefined => {
    if (shape.relativeBuckets === 0) return undefined;
    const settings = { buckets: shape.relativeBuckets, maxDistance: 128, bidirectional: true };
    const buckets = context.recorder.constant(relativeBuckets(time, time, settings));
    return call(relativeBias, [context.weight(prefix + relativeName), buckets], { queries: time, keys: time })[0]!;
  };

  return {
    dimensions: shape.hidden,
    batch: (tokens, rows, rowsOfBatch, least) =>
      encoderInputs(shape, tokens, rows, { prefix, pooling, rowsOfBatch, leastLength: least?.[`${prefix}length`] }),
    encode(context) {
      const size = (name: string): number => context.size(prefix + name);
      const [batch, length] = [size('batch'), size('length')];
      const ranges = context.input(inputs.ranges, batch === 1 ? [1, length, 2] : [batch, 1, 2], 'int32');
      const shared = training.recompute ? undefined : biasOf(context, length);
      const hidden = [context.watch(`${prefix}embeddings`, embed(context, batch, length))];
      for (const layer of layers) {
        const x = hidden.at(-1)!;
        hidden.push(
          training.recompute
            ? recompute(context, x, (inner) => layer(context, inner, ranges, biasOf(context, length)))
            : layer(context, x, ranges, shared),
        );
      }
      const tokens = hidden.at(-1)!;
      const first = (): Tensor => poolTokens(context, tokens, inputs.first, size('rows'));
      const rows = size('rows');
      const pooled = {
        mean: () => poolTokens(context, tokens, inputs.mean, rows),
        cls: first,
        max: () => maxTokens(context, tokens, inputs.spans, rows),
      }[pooling]();
      return { pooled, tokens, hidden, first };
    },
    weights: () => prefixed(packBlocks(tensors.encoder, packed), prefix),
    exported(read) {
      const bare = Object.fromEntries(
        Object.entries(read).flatMap(([name, tensor]) =>
          name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
        ),
      );
      const whole = unpackBlocks(bare, packed);
      const merged = thin ? mergeLora(whole, thin.alpha) : whole;
      const all: TensorMap = { ...tensors.encoder, ...tensors.pooler };
      for (const name of encoderTensors(shape).keys()) if (merged[name]) all[name] = merged[name];
      return all;
    },
    rateFactors(decay) {
      const factors = new Map<string, number>();
      const below = (name: string): number => {
        const layer = blocks.findIndex(({ block }) => name.startsWith(`${block}.`));
        return shape.layers - 1 - layer;
      };
      for (const name of parameters.names()) {
        if (!name.startsWith(prefix)) continue;
        const bare = name.slice(prefix.length);
        if (isOfEncoder(bare)) factors.set(name, decay ** below(bare));
      }
      return factors;
    },
  };
}

const layerAdvice = (names: BlockNames | undefined): string =>
  names
    ? `Choose among ${[names.query, names.key, names.value, names.attentionOut, names.up, names.down]
        .map((name) => name.slice(names.block.length + 1))
        .join(', ')}.`
    : '';

/** Whether a parameter, without prefix, is in the frozen part. */
function frozenPart(
  shape: EncoderShape,
  blocks: readonly BlockNames[],
  frozen: NonNullable<EncoderTraining['frozen']>,
): (name: string) => boolean {
  if (frozen === 'none') return () => false;
  if (frozen === 'encoder') return isOfEncoder;
  const count = frozen === 'embeddings' ? 0 : frozen;
  if (!(Number.isSafeInteger(count) && count >= 0 && count <= shape.layers))
    throw new RecipeError(`This encoder has ${shape.layers} layers; ${count} of them cannot be frozen.`);
  const below = blocks.slice(0, count).map(({ block }) => `${block}.`);
  return (name) =>
    name.startsWith('embeddings.') ||
    below.some((start) => name.startsWith(start)) ||
    // Every layer reads it: training it would take gradients through the frozen ones.
    (count > 0 && name === relativeName);
}

const isOfEncoder = (name: string): boolean => /^(embeddings|encoder|transformer)\./.test(name);

const prefixed = (tensors: TensorMap, prefix: string): TensorMap =>
  prefix === ''
    ? tensors
    : Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));

const isTarget = (name: string, targets: readonly string[]): boolean =>
  targets.some((target) => name === target || name.endsWith(`.${target}`));

type Embeddings = (context: StepContext, batch: number, length: number) => Tensor;

function declareEmbeddings(parameters: Parameters, shape: EncoderShape, prefix: string, rate: number): Embeddings {
  const { words, positions, types, norm: normName } = embeddingNames;
  const table = (name: string, rows: number): void =>
    parameters.declare(prefix + name, [rows, shape.hidden], { initialiser: begin });
  table(words, shape.vocabulary);
  table(positions, shape.positions);
  if (shape.types > 0) table(types, shape.types);
  const normalise = norm(parameters, prefix + normName, shape.hidden, shape.epsilon);
  const inputs = inputNames(prefix);
  return (context, batch, length) =>
    context.scope(`${prefix}embeddings`, () => {
      const ids = [batch, length];
      const word = context.gather(prefix + words, inputs.ids, ids);
      const position = context.gather(prefix + positions, inputs.positions, ids);
      const typed = shape.types > 0 ? add(word, context.gather(prefix + types, inputs.types, ids)) : word;
      const { y } = normalise.added(context, typed, position);
      return context.dropout(`${prefix}embeddings.dropout`, y, rate);
    });
}

interface BlockTraining {
  split: boolean;
  prefix: string;
  rate: number;
  thin: EncoderTraining['lora'] | undefined;
}

function declareBlock(
  parameters: Parameters,
  shape: EncoderShape,
  names: BlockNames,
  { split, prefix, rate, thin }: BlockTraining,
): Block {
  const { hidden, heads, inner, activation, epsilon } = shape;
  const layer = (name: string, inputs: number, outputs: number, more: Partial<LinearOptions> = {}): LinearLayer => {
    const made = linear(parameters, prefix + name, { inputs, outputs, initialiser: begin, ...more });
    return thin && isTarget(name, thin.targets) ? lora(parameters, made, thin) : made;
  };
  const activated = (name: string): Layer => {
    // LoRA adds to the product, so the activation comes after both.
    if (!thin || !isTarget(name, thin.targets)) return layer(name, hidden, inner, { activation });
    const product = layer(name, hidden, inner);
    return (context, x) => activations[activation](product(context, x));
  };
  const one = (name: string): LinearLayer => layer(name, hidden, hidden);
  const qkv = split
    ? ([one(names.query), one(names.key), one(names.value)] as const)
    : layer(names.packed, hidden, 3 * hidden);
  return assembleBlock(
    prefix + names.block,
    {
      qkv,
      out: layer(names.attentionOut, hidden, hidden),
      up: activated(names.up),
      down: layer(names.down, inner, hidden),
      norm1: norm(parameters, prefix + names.attentionNorm, hidden, epsilon),
      norm2: norm(parameters, prefix + names.outputNorm, hidden, epsilon),
    },
    { hidden, heads, order: 'post-norm', dropout: rate },
  );
}
