// Tensor names of Hugging Face ↔ names here. Here the prefix of the model ("bert.") is left out and queries, keys and values
// may be one packed tensor; everything else has its own name, so that export is the inverse of import.
import { FormatError } from '../../../src/contract/errors';
import type { TensorMap, TensorRecord } from '../../../src/contract/records';
import type { EncoderFamily, EncoderShape } from './config';

/** Names of the linear layers and norms of a block, without ".weight" and ".bias". */
export interface BlockNames {
  block: string;
  query: string;
  key: string;
  value: string;
  /** Of the packed layer that stands for those three. Not a name of Hugging Face. */
  packed: string;
  attentionOut: string;
  attentionNorm: string;
  up: string;
  down: string;
  outputNorm: string;
}

export const embeddingNames = {
  words: 'embeddings.word_embeddings.weight',
  positions: 'embeddings.position_embeddings.weight',
  types: 'embeddings.token_type_embeddings.weight',
  norm: 'embeddings.LayerNorm',
} as const;

export const relativeName = 'encoder.relative_attention_bias.weight';
const poolerName = 'pooler.dense';

/** Layers of the classification head in the order of the forward pass. */
export const headNames: Readonly<Record<EncoderFamily, { dense: string; out: string }>> = {
  bert: { dense: poolerName, out: 'classifier' },
  distilbert: { dense: 'pre_classifier', out: 'classifier' },
  roberta: { dense: 'classifier.dense', out: 'classifier.out_proj' },
  mpnet: { dense: 'classifier.dense', out: 'classifier.out_proj' },
};

export function blockNames(family: EncoderFamily, layer: number): BlockNames {
  const block = `${family === 'distilbert' ? 'transformer' : 'encoder'}.layer.${layer}`;
  if (family === 'distilbert')
    return {
      block,
      query: `${block}.attention.q_lin`,
      key: `${block}.attention.k_lin`,
      value: `${block}.attention.v_lin`,
      packed: `${block}.attention.qkv`,
      attentionOut: `${block}.attention.out_lin`,
      attentionNorm: `${block}.sa_layer_norm`,
      up: `${block}.ffn.lin1`,
      down: `${block}.ffn.lin2`,
      outputNorm: `${block}.output_layer_norm`,
    };
  const own =
    family === 'mpnet'
      ? {
          query: `${block}.attention.attn.q`,
          key: `${block}.attention.attn.k`,
          value: `${block}.attention.attn.v`,
          packed: `${block}.attention.attn.qkv`,
          attentionOut: `${block}.attention.attn.o`,
          attentionNorm: `${block}.attention.LayerNorm`,
        }
      : {
          query: `${block}.attention.self.query`,
          key: `${block}.attention.self.key`,
          value: `${block}.attention.self.value`,
          packed: `${block}.attention.self.qkv`,
          attentionOut: `${block}.attention.output.dense`,
          attentionNorm: `${block}.attention.output.LayerNorm`,
        };
  return {
    block,
    ...own,
    up: `${block}.intermediate.dense`,
    down: `${block}.output.dense`,
    outputNorm: `${block}.output.LayerNorm`,
  };
}

/** Shapes of every tensor of the encoder, by name without prefix; the pooler is not one of them. */
export function encoderTensors(shape: EncoderShape): Map<string, readonly number[]> {
  const { family, hidden, inner } = shape;
  const tensors = new Map<string, readonly number[]>();
  const linear = (name: string, outputs: number, inputs: number): void => {
    tensors.set(`${name}.weight`, [outputs, inputs]);
    tensors.set(`${name}.bias`, [outputs]);
  };
  const norm = (name: string): void => {
    tensors.set(`${name}.weight`, [hidden]);
    tensors.set(`${name}.bias`, [hidden]);
  };
  tensors.set(embeddingNames.words, [shape.vocabulary, hidden]);
  tensors.set(embeddingNames.positions, [shape.positions, hidden]);
  if (shape.types > 0) tensors.set(embeddingNames.types, [shape.types, hidden]);
  norm(embeddingNames.norm);
  if (shape.relativeBuckets > 0) tensors.set(relativeName, [shape.relativeBuckets, shape.heads]);
  for (let layer = 0; layer < shape.layers; layer++) {
    const names = blockNames(family, layer);
    for (const name of [names.query, names.key, names.value, names.attentionOut]) linear(name, hidden, hidden);
    norm(names.attentionNorm);
    linear(names.up, inner, hidden);
    linear(names.down, hidden, inner);
    norm(names.outputNorm);
  }
  return tensors;
}

/** Shapes of the head's tensors, by name without prefix. BERT's pooler is part of it. */
export function headTensors(shape: EncoderShape, labels: number): Map<string, readonly number[]> {
  const { dense, out } = headNames[shape.family];
  return new Map([
    [`${dense}.weight`, [shape.hidden, shape.hidden]],
    [`${dense}.bias`, [shape.hidden]],
    [`${out}.weight`, [labels, shape.hidden]],
    [`${out}.bias`, [labels]],
  ]);
}

/** What the bare models of transformers have above the encoder; only BERT's heads use it. */
const poolerTensors = ({ family, hidden }: EncoderShape): Map<string, readonly number[]> =>
  new Map(
    family === 'distilbert'
      ? []
      : [
          [`${poolerName}.weight`, [hidden, hidden]],
          [`${poolerName}.bias`, [hidden]],
        ],
  );

/** Checkpoints converted from TensorFlow have these for a norm's weight and bias. */
const older = (name: string): string => name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');

export interface ImportedTensors {
  /** Every tensor of the encoder, names without prefix, shapes checked. */
  encoder: TensorMap;
  /** Those of the classification head, where all are there with these numbers of labels. */
  head: TensorMap | null;
  /** The pooler, where it is there and not part of the head. Kept so that an export has it. */
  pooler: TensorMap;
  /** Names in the files that nothing here uses: language-model heads, buffers. */
  unused: string[];
}

/** Throws FormatError with the exact name where a tensor of the encoder is missing or of another shape. */
export function importTensors(shape: EncoderShape, tensors: TensorMap): ImportedTensors {
  const prefix = `${shape.family}.`;
  const named = new Map(
    Object.entries(tensors).map(([name, tensor]) => {
      const bare = older(name.startsWith(prefix) ? name.slice(prefix.length) : name);
      return [bare, { name, tensor }] as const;
    }),
  );
  const used = new Set<string>();
  const take = (name: string, size: readonly number[]): TensorRecord | null => {
    const found = named.get(name);
    if (!found) return null;
    if (found.tensor.shape.join() !== size.join())
      throw new FormatError(
        `"${found.name}" has the shape [${found.tensor.shape.join(', ')}]; config.json asks for [${size.join(', ')}]. ` +
          'The weights and the config.json of this folder belong to different models.',
      );
    used.add(name);
    return found.tensor;
  };
  const encoder: TensorMap = {};
  const missing: string[] = [];
  for (const [name, size] of encoderTensors(shape)) {
    const tensor = take(name, size);
    if (tensor) encoder[name] = tensor;
    else missing.push(name);
  }
  if (missing.length)
    throw new FormatError(
      `The weights lack ${missing.length === 1 ? 'a tensor' : `${missing.length} tensors`} that config.json asks for: ` +
        `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}. A file of the folder is missing or of another model.`,
    );
  const some = (sizes: ReadonlyMap<string, readonly number[]>): TensorMap => {
    const found: TensorMap = {};
    for (const [name, size] of sizes) {
      const tensor = take(name, size);
      if (tensor) found[name] = tensor;
    }
    return found;
  };
  const sizes = headTensors(shape, shape.labels?.length ?? 0);
  const head = shape.labels ? some(sizes) : {};
  const whole = Object.keys(head).length === sizes.size;
  const pooler = some(poolerTensors(shape));
  return {
    encoder,
    head: whole ? head : null,
    pooler: Object.fromEntries(Object.entries(pooler).filter(([name]) => !whole || !(name in head))),
    unused: [...named].filter(([name]) => !used.has(name)).map(([, { name }]) => name),
  };
}

/** The name a tensor has in a file of a classifier ("bert.…", but "classifier.…") or of a bare encoder (no prefix). */
export function fileName(family: EncoderFamily, name: string, classifier: boolean): string {
  const own = name.startsWith('classifier.') || name.startsWith('pre_classifier.');
  return classifier && !own ? `${family}.${name}` : name;
}

/** Tensors under the names they have in files of transformers. */
export function exportTensors(family: EncoderFamily, tensors: TensorMap, classifier: boolean): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [fileName(family, name, classifier), tensor]),
  );
}

const kinds = ['weight', 'bias'] as const;

/** Queries, keys and values of the blocks `packed` as one tensor each, rows one after another. */
export function packBlocks(tensors: TensorMap, packed: readonly BlockNames[]): TensorMap {
  const all = new Map(Object.entries(tensors));
  for (const names of packed)
    for (const kind of kinds) {
      const parts = [names.query, names.key, names.value].map((name) => `${name}.${kind}`);
      const found = parts.map((name) => all.get(name)!);
      const [rows = 0, ...rest] = found[0]!.shape;
      const data = new Float32Array(3 * found[0]!.data.length);
      found.forEach((part, i) => data.set(part.data, i * part.data.length));
      for (const name of parts) all.delete(name);
      all.set(`${names.packed}.${kind}`, { shape: [3 * rows, ...rest], dtype: 'float32', data });
    }
  return Object.fromEntries(all);
}

/** The inverse of packBlocks; tensors that are not packed stay as they are. */
export function unpackBlocks(tensors: TensorMap, packed: readonly BlockNames[]): TensorMap {
  const all = new Map(Object.entries(tensors));
  for (const names of packed)
    for (const kind of kinds) {
      const whole = all.get(`${names.packed}.${kind}`);
      if (!whole) continue;
      const [rows = 0, ...rest] = whole.shape;
      const third = whole.data.length / 3;
      all.delete(`${names.packed}.${kind}`);
      [names.query, names.key, names.value].forEach((name, i) => {
        const data = Float32Array.from(whole.data.subarray(i * third, (i + 1) * third));
        all.set(`${name}.${kind}`, { shape: [rows / 3, ...rest], dtype: 'float32', data });
      });
    }
  return Object.fromEntries(all);
}
