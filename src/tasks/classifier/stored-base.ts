// The static base of a model, kept with it: a later app may bring another starter, and a model must answer as it was
// trained. Rows of 8 bits, their scales, the tokenizer's files, and the rows that were learned.
import { FormatError } from '../../contract/errors';
import type { TensorMap } from '../../contract/records';
import { createStaticEncoder, readStaticConfig, staticConfigJson } from '../../../workers/ml/encoder/static-encoder';
import { createTokenizer } from '../../../workers/ml/text-tokenizer';
import { Pieces } from './pieces';
import { piecesName } from './shape';

export interface ModelBase {
  pieces: Pieces;
  /** Learned rows: [pieces.ids, pieces.dimensions]. */
  table: Float32Array;
}

const names = { ids: 'pieces', rows: 'base.rows', scales: 'base.scales', tokenizer: 'base.tokenizer' } as const;

/** Tensors beside the learned rows, and what goes into `meta` under "base". */
export function storedBase({ encoder, ids }: Pieces): { tensors: TensorMap; meta: Record<string, unknown> } {
  const { table, config, tokenizer, vocabulary, dimensions } = encoder;
  const files = new TextEncoder().encode(
    JSON.stringify({ tokenizer: tokenizer.files.tokenizer, config: tokenizer.files.config }),
  );
  const rows = new Uint8Array(table.rows.buffer, table.rows.byteOffset, table.rows.length).slice();
  return {
    tensors: {
      [names.ids]: { shape: [ids.length], dtype: 'int32', data: ids.slice() },
      [names.rows]: { shape: [vocabulary, dimensions], dtype: 'uint8', data: rows },
      [names.scales]: { shape: [vocabulary], dtype: 'float32', data: table.scales.slice() },
      [names.tokenizer]: { shape: [files.length], dtype: 'uint8', data: files },
    },
    meta: staticConfigJson(config),
  };
}

/** FormatError where a part is missing. */
export function readStoredBase(tensors: TensorMap, meta: unknown): ModelBase {
  const part = <T>(name: string, kind: new (...args: never[]) => T): T => {
    const data: unknown = tensors[name]?.data;
    if (data instanceof kind) return data;
    throw new FormatError(`This model has no "${name}", which its base consists of. Train it again.`);
  };
  const bytes = part(names.rows, Uint8Array);
  const rows = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const { tokenizer, config }: { tokenizer: unknown; config: unknown } = JSON.parse(
    new TextDecoder().decode(part(names.tokenizer, Uint8Array)),
  );
  const encoder = createStaticEncoder(
    readStaticConfig(meta),
    { rows, scales: part(names.scales, Float32Array) },
    createTokenizer(tokenizer, config),
  );
  return { pieces: new Pieces(encoder, part(names.ids, Int32Array)), table: part(piecesName, Float32Array) };
}
