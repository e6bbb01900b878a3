// A model's folder made in memory: a tiny encoder with random weights and a tokenizer of letters. For tests, which break it
// piece by piece.
import type { TensorMap } from '../../../src/contract/records';
import { writeSafetensors } from '../../../src/formats/safetensors';
import { Rng } from '../../../src/lib/rng';
import { readEncoderConfig } from '../../ml/encoder/config';
import { encoderTensors, fileName, headTensors } from '../../ml/encoder/names';
import { bertTokenizer, bertVocabulary } from '../../ml/tokenizer/testing/bert-tokenizer';

export type TinyFiles = Map<string, Uint8Array<ArrayBuffer> | string>;

export const tinyConfig = {
  architectures: ['BertModel'],
  model_type: 'bert',
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 16,
  max_position_embeddings: 40,
  type_vocab_size: 2,
  vocab_size: bertVocabulary.length,
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12,
  pad_token_id: 0,
};

/** Random tensors by the names a file has for this config; with a head where it is of a classifier. */
export function tinyTensors(config: Record<string, unknown> = tinyConfig, seed = 1): TensorMap {
  const shape = readEncoderConfig(config);
  const random = new Rng(seed);
  const classifier = shape.labels !== null;
  const sizes = [...encoderTensors(shape), ...(shape.labels ? headTensors(shape, shape.labels.length) : [])];
  return Object.fromEntries(
    sizes.map(([name, size]) => {
      const count = size.reduce((product, dim) => product * dim, 1);
      const data = Float32Array.from({ length: count }, () => 0.2 * random.normal());
      return [fileName(shape.family, name, classifier), { shape: [...size], dtype: 'float32', data }];
    }),
  );
}

/** config.json, tokenizer.json, tokenizer_config.json and model.safetensors. */
export function tinyFolder(config: Record<string, unknown> = tinyConfig, seed = 1): TinyFiles {
  const { tokenizer, config: settings } = bertTokenizer();
  return new Map<string, Uint8Array<ArrayBuffer> | string>([
    ['config.json', JSON.stringify(config)],
    ['tokenizer.json', JSON.stringify(tokenizer)],
    ['tokenizer_config.json', JSON.stringify(settings)],
    ['model.safetensors', new Uint8Array(writeSafetensors(tinyTensors(config, seed)))],
  ]);
}

/** As a browser gives them; `folder` stands before each name. */
export function asFiles(files: TinyFiles, folder = ''): File[] {
  return [...files].map(([name, content]) => new File([content], folder + name));
}

/** An entry's text parsed, changed and put back. */
export function editJson(
  files: TinyFiles,
  name: string,
  change: (content: Record<string, unknown>) => void,
): TinyFiles {
  const parsed = JSON.parse(String(files.get(name))) as Record<string, unknown>;
  change(parsed);
  return files.set(name, JSON.stringify(parsed));
}

/** A safetensors file of 16-bit numbers, written here since the studio itself writes none. */
export function halfFile(
  tensors: TensorMap,
  dtype: 'F16' | 'BF16',
  to: (value: number) => number,
): Uint8Array<ArrayBuffer> {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => {
    const offsets = [at, (at += data.length * 2)];
    return [name, { dtype, shape, data_offsets: offsets }];
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const file = new Uint8Array(8 + header.length + at);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let place = 8 + header.length;
  for (const { data } of Object.values(tensors))
    for (const value of data) {
      view.setUint16(place, to(value), true);
      place += 2;
    }
  return file;
}
