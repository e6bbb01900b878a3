// The folder of a tiny static encoder, made in memory: random rows of 8 bits and a tokenizer of letters. For tests.
import { Rng } from '../../../src/lib/rng';
import { quantiseRows, staticConfigJson } from '../../ml/encoder/static-encoder';
import { bertTokenizer, bertVocabulary } from '../../ml/tokenizer/testing/bert-tokenizer';
import type { ReadStarterFile } from '../starter';

export function staticFolder(dimensions = 8, seed = 1): Map<string, Uint8Array<ArrayBuffer>> {
  const { tokenizer, config } = bertTokenizer();
  const text = (value: unknown): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(value));
  const vocabulary = bertVocabulary.length;
  const random = new Rng(seed);
  const table = quantiseRows(
    Float32Array.from({ length: vocabulary * dimensions }, () => random.normal()),
    dimensions,
  );
  return new Map([
    ['config.json', text(staticConfigJson({ dimensions, vocabulary, maxLength: 64 }))],
    ['tokenizer.json', text(tokenizer)],
    ['tokenizer_config.json', text(config)],
    ['model.safetensors', fileOf(table.rows, table.scales, dimensions)],
  ]);
}

/** For `useStarterFiles`. */
export const starterFrom =
  (folder: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): ReadStarterFile =>
  (name) => {
    const bytes = folder.get(name);
    return bytes ? Promise.resolve(bytes.slice()) : Promise.reject(new Error(`${name} is not in the folder`));
  };

function fileOf(rows: Int8Array, scales: Float32Array, dimensions: number): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(
    JSON.stringify({
      'embedding.scale': { dtype: 'F32', shape: [scales.length], data_offsets: [0, scales.byteLength] },
      'embedding.weight': {
        dtype: 'I8',
        shape: [scales.length, dimensions],
        data_offsets: [scales.byteLength, scales.byteLength + rows.length],
      },
    }),
  );
  const file = new Uint8Array(8 + header.length + scales.byteLength + rows.length);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  scales.forEach((scale, i) => view.setFloat32(8 + header.length + 4 * i, scale, true));
  file.set(new Uint8Array(rows.buffer, rows.byteOffset, rows.length), 8 + header.length + scales.byteLength);
  return file;
}
