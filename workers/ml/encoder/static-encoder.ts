// The static encoder: a text's vector is the mean of its word-pieces' vectors, one table and nothing else. Its files are
// config.json (model_type "trainyard-static"), tokenizer.json and model.safetensors with rows of 8 bits and a scale each.
// It knows no order of words; what it lacks against a transformer it has in speed.
import { FormatError } from '../../../src/contract/errors';
import type { SafetensorsFile } from '../../../src/formats/safetensors';
import { toFloat32 } from '../../../src/formats/safetensors';
import { entriesOf, entryBucket, packBags, type Bags } from '../bags';
import type { TextTokenizer } from '../text-tokenizer';
import { lengthOf, textCount, type Tokenized } from './tokens';
import type { DeclaredEncoder, TextEncoder } from './text-encoder';

export const staticModelType = 'trainyard-static';
const rowsName = 'embedding.weight';
const scalesName = 'embedding.scale';

export interface StaticConfig {
  dimensions: number;
  vocabulary: number;
  maxLength: number;
}

/** The table as it is stored: row r is rows[r] · scales[r]. */
export interface StaticTable {
  /** [vocabulary, dimensions] */
  rows: Int8Array;
  /** [vocabulary] */
  scales: Float32Array;
}

export interface StaticEncoder extends TextEncoder {
  readonly kind: 'static';
  readonly vocabulary: number;
  readonly config: StaticConfig;
  readonly table: StaticTable;
  readonly tokenizer: TextTokenizer;
  /** Row `id` of the table times `factor` (1 unless given), added to `into` from `at`. */
  row(id: number, into: Float32Array, at: number, factor?: number): void;
  /**
   * Vectors of texts without a plan or a device: sums of rows, of unit length unless told otherwise. A text without a known
   * word gives zeros.
   */
  embed(texts: readonly string[], options?: { normalise?: boolean; maxLength?: number }): Float32Array[];
  /** The same one after another: [texts, dimensions]. */
  vectors(texts: readonly string[], options?: { normalise?: boolean; maxLength?: number }): Float32Array<ArrayBuffer>;
}

/** FormatError names what is missing or does not fit. */
export function readStaticConfig(config: unknown): StaticConfig {
  const given = typeof config === 'object' && config !== null ? new Map(Object.entries(config)) : new Map();
  if (given.get('model_type') !== staticModelType)
    throw new FormatError(
      `config.json says model_type "${String(given.get('model_type'))}", not "${staticModelType}".`,
    );
  const whole = (name: string): number => {
    const value: unknown = given.get(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
      throw new FormatError(`config.json has no usable "${name}": a whole number from 1 is needed.`);
    return value;
  };
  return { dimensions: whole('hidden_size'), vocabulary: whole('vocab_size'), maxLength: whole('max_length') };
}

/** The part of config.json that is read back. */
export const staticConfigJson = ({ dimensions, vocabulary, maxLength }: StaticConfig): Record<string, unknown> => ({
  model_type: staticModelType,
  hidden_size: dimensions,
  vocab_size: vocabulary,
  max_length: maxLength,
});

export const isStatic = (encoder: TextEncoder): encoder is StaticEncoder => encoder.kind === 'static';

/** FormatError where a tensor is missing or is of another size than the configuration says. */
export function readStaticTable({ tensors }: SafetensorsFile, { vocabulary, dimensions }: StaticConfig): StaticTable {
  const tensor = (name: string, dtype: string, shape: number[]) => {
    const found = tensors.get(name);
    if (!found) throw new FormatError(`model.safetensors has no "${name}". Add the whole folder again.`);
    if (found.dtype !== dtype || found.shape.join() !== shape.join())
      throw new FormatError(
        `"${name}" in model.safetensors is ${found.dtype} [${found.shape.join(', ')}]; config.json asks for ${dtype} [${shape.join(', ')}].`,
      );
    return found;
  };
  const { bytes } = tensor(rowsName, 'I8', [vocabulary, dimensions]);
  return {
    rows: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    scales: toFloat32(scalesName, tensor(scalesName, 'F32', [vocabulary])),
  };
}

/**
 * The encoder of a folder's parsed files. Its maximum length is a bound on work, not on what it can read. FormatError where
 * the tokenizer knows ids that the table does not have.
 */
export function createStaticEncoder(config: StaticConfig, table: StaticTable, tokenizer: TextTokenizer): StaticEncoder {
  const { dimensions, vocabulary, maxLength } = config;
  if (tokenizer.vocabularySize > vocabulary)
    throw new FormatError(
      `tokenizer.json has ${tokenizer.vocabularySize} pieces and the table ${vocabulary} rows: they are of two models.`,
    );
  const row = (id: number, into: Float32Array, at: number, factor = 1): void => {
    const scale = table.scales[id]! * factor;
    const from = id * dimensions;
    for (let d = 0; d < dimensions; d++) into[at + d]! += scale * table.rows[from + d]!;
  };
  const tokenize = (texts: readonly string[], most = maxLength): Tokenized =>
    tokenizer.tokenize(texts, Math.min(most, maxLength));

  const vectors: StaticEncoder['vectors'] = (texts, { normalise = true, maxLength: most } = {}) => {
    const { ids, offsets } = tokenize(texts, most);
    const { rows, scales } = table;
    const all = new Float32Array(texts.length * dimensions);
    for (let i = 0; i < texts.length; i++) {
      const into = all.subarray(i * dimensions, (i + 1) * dimensions);
      const [from, to] = [offsets[i]!, offsets[i + 1]!];
      for (let token = from; token < to; token++) addRow(rows, ids[token]!, scales[ids[token]!]!, into);
      const factor = normalise ? inverseLength(into) : 1 / Math.max(1, to - from);
      for (let d = 0; d < dimensions; d++) into[d]! *= factor;
    }
    return all;
  };

  return {
    kind: 'static',
    dimensions,
    maxLength,
    vocabulary,
    config,
    table,
    tokenizer,
    layers: 0,
    pooling: 'mean',
    tokenize,
    row,

    declare(parameters, { frozen = 'none', prefix = '' } = {}): DeclaredEncoder {
      const name = prefix + rowsName;
      const [input, rowsSize, entriesSize] = ['tokens', 'rows', 'entries'].map((one) => prefix + one) as [
        string,
        string,
        string,
      ];
      parameters.declare(name, [vocabulary, dimensions], {
        initialiser: { kind: 'constant', value: 0 },
        group: frozen === 'none' ? 'rows' : 'frozen',
      });
      return {
        dimensions,
        batch(tokens, rows, rowsOfBatch = rows.length, least = {}) {
          const bags = meanBags(tokens);
          const entries = Math.max(entryBucket(entriesOf(bags, rows)), least[entriesSize] ?? 0);
          return {
            sizes: { [rowsSize]: rowsOfBatch, [entriesSize]: entries },
            inputs: packBags(bags, rows, rowsOfBatch, entries, input),
          };
        },
        encode: (c) => ({
          pooled: c.scope('embedding', () => c.bag(name, input, c.size(rowsSize), c.size(entriesSize))),
        }),
        weights: () => ({
          [name]: { shape: [vocabulary, dimensions], dtype: 'float32', data: floatsOf(table, config) },
        }),
        exported(tensors) {
          const own = tensors[name];
          return own ? { [rowsName]: own } : {};
        },
        rateFactors: () => new Map([[name, 1]]),
      };
    },

    vectors,
    embed: (texts, options) => {
      const all = vectors(texts, options);
      return texts.map((_, i) => all.subarray(i * dimensions, (i + 1) * dimensions));
    },
  };
}

/** A function of its own, so that the compiler keeps to typed arrays: it is where all the time goes. */
function addRow(rows: Int8Array, id: number, scale: number, into: Float32Array): void {
  const { length } = into;
  for (let d = 0, at = id * length; d < length; d++, at++) into[d]! += scale * rows[at]!;
}

function inverseLength(x: Float32Array): number {
  let squares = 0;
  for (const value of x) squares += value * value;
  return squares > 0 ? 1 / Math.sqrt(squares) : 0;
}

const bagsOfTokens = new WeakMap<Tokenized, Bags>();

/** Every token weighs one over the tokens of its text. Made once for all batches of the same tokens. */
function meanBags(tokens: Tokenized): Bags {
  const known = bagsOfTokens.get(tokens);
  if (known) return known;
  const weights = new Float32Array(tokens.ids.length);
  for (let i = 0; i < textCount(tokens); i++)
    weights.fill(1 / Math.max(1, lengthOf(tokens, i)), tokens.offsets[i], tokens.offsets[i + 1]);
  const bags = { starts: tokens.offsets, ids: tokens.ids, weights };
  bagsOfTokens.set(tokens, bags);
  return bags;
}

function floatsOf({ rows, scales }: StaticTable, { vocabulary, dimensions }: StaticConfig): Float32Array {
  const floats = new Float32Array(rows.length);
  for (let r = 0; r < vocabulary; r++)
    for (let at = r * dimensions; at < (r + 1) * dimensions; at++) floats[at] = rows[at]! * scales[r]!;
  return floats;
}

/** Rows of 8 bits, each with the scale that makes its largest number ±127 (rounded to the nearest; zeros stay zeros). */
export function quantiseRows(table: Float32Array, dimensions: number): StaticTable {
  const rows = new Int8Array(table.length);
  const scales = new Float32Array(table.length / dimensions);
  for (let r = 0; r < scales.length; r++) {
    const row = table.subarray(r * dimensions, (r + 1) * dimensions);
    const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scale = Math.fround(largest / 127);
    scales[r] = scale;
    if (scale > 0) row.forEach((value, d) => (rows[r * dimensions + d] = Math.round(value / scale)));
  }
  return { rows, scales };
}
