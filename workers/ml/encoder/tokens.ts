// Tokenised texts and how they become batches: flat ids with offsets; texts side by side without padding, or padded to the
// longest of the batch; sizes in few buckets. It knows no tokenizer and no model.

/**
 * Token ids of texts, flat: text i has ids[offsets[i] .. offsets[i + 1]), special tokens included. `types` are token type
 * ids, only where the family has them; `truncated` counts texts that were cut.
 */
export interface Tokenized {
  ids: Int32Array;
  offsets: Int32Array;
  types?: Uint8Array;
  truncated: number;
}

/** Ids of one text after another, as flat tokens. Types are zeros unless given (for pairs). */
export function flatTokens(
  texts: readonly ArrayLike<number>[],
  { types, truncated = 0 }: { types?: readonly ArrayLike<number>[]; truncated?: number } = {},
): Tokenized {
  const offsets = new Int32Array(texts.length + 1);
  texts.forEach(({ length }, i) => (offsets[i + 1] = offsets[i]! + length));
  const ids = new Int32Array(offsets[texts.length]!);
  texts.forEach((text, i) => ids.set(text, offsets[i]));
  if (!types) return { ids, offsets, truncated };
  const flat = new Uint8Array(ids.length);
  types.forEach((text, i) => flat.set(text, offsets[i]));
  return { ids, offsets, types: flat, truncated };
}

export const textCount = ({ offsets }: Tokenized): number => offsets.length - 1;

/** Tokens of text `row`. */
export const lengthOf = ({ offsets }: Tokenized, row: number): number => offsets[row + 1]! - offsets[row]!;

/** Every text cut to its first `most` ids, whatever they are; a tokenizer would keep the closing token. */
export function cutTokens({ ids, offsets, types, truncated }: Tokenized, most: number): Tokenized {
  const spans = Array.from({ length: offsets.length - 1 }, (_, i) => {
    const start = offsets[i]!;
    return [start, Math.min(offsets[i + 1]!, start + most)] as const;
  });
  const cut = spans.filter(([, end], i) => end < offsets[i + 1]!).length;
  return flatTokens(
    spans.map(([start, end]) => ids.subarray(start, end)),
    {
      truncated: truncated + cut,
      ...(types ? { types: spans.map(([start, end]) => types.subarray(start, end)) } : {}),
    },
  );
}

/** Sizes a plan is recorded for: each wastes at most an eighth, and a run meets few of them. */
export function bucketOf(size: number, least = 16): number {
  const step = Math.max(least, 2 ** (Math.floor(Math.log2(Math.max(1, size))) - 4));
  return Math.max(step, Math.ceil(size / step) * step);
}

/**
 * Where the tokens of a batch lie: place `starts[row] + t` of the batch · length places holds token t of a row. `flat` is one
 * sequence of all texts one after another, so that nothing is padded but its end; `padded` is a sequence a text, all of one
 * length. Places without a token have the id -1.
 */
export interface TokenBatch {
  rows: number;
  batch: number;
  length: number;
  /** [batch · length] */
  ids: Int32Array;
  /** [batch · length], token types; 0 where there are none. */
  types: Int32Array;
  /** [rows] */
  starts: Int32Array;
  /** [rows]; 0 for padding rows. */
  lengths: Int32Array;
}

export interface BatchOptions {
  layout: 'flat' | 'padded';
  /** Most tokens of a text. */
  most: number;
  /** Padding rows are added up to this number. */
  rowsOfBatch?: number;
  /** The length is at least this one. */
  leastLength?: number;
}

/** Throws RangeError where a row is not there, a text is too long, or there are more rows than the batch has. */
export function layOutBatch(
  tokens: Tokenized,
  rows: ArrayLike<number>,
  { layout, most, rowsOfBatch = rows.length, leastLength = 0 }: BatchOptions,
): TokenBatch {
  if (rows.length > rowsOfBatch) throw new RangeError(`${rows.length} texts do not fit a batch of ${rowsOfBatch}.`);
  const lengths = new Int32Array(rowsOfBatch);
  let longest = 0;
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!(row >= 0 && row < textCount(tokens))) throw new RangeError(`There is no text ${row} among these tokens.`);
    const length = lengthOf(tokens, row);
    if (length > most) throw new RangeError(`A text has ${length} tokens; this model takes ${most}.`);
    lengths[i] = length;
    longest = Math.max(longest, length);
    sum += length;
  }
  const flat = layout === 'flat';
  const batch = flat ? 1 : rowsOfBatch;
  const length = Math.max(leastLength, flat ? bucketOf(sum) : bucketOf(longest, 8));
  const ids = new Int32Array(batch * length).fill(-1);
  const types = new Int32Array(batch * length);
  const starts = new Int32Array(rowsOfBatch);
  let next = 0;
  for (let i = 0; i < rowsOfBatch; i++) {
    starts[i] = flat ? next : i * length;
    if (i >= rows.length) continue;
    const [from, to] = [tokens.offsets[rows[i]!]!, tokens.offsets[rows[i]! + 1]!];
    ids.set(tokens.ids.subarray(from, to), starts[i]);
    if (tokens.types) types.set(tokens.types.subarray(from, to), starts[i]);
    next += to - from;
  }
  return { rows: rowsOfBatch, batch, length, ids, types, starts, lengths };
}

/**
 * Rows in order of length, cut into batches of `size`: for reading, where the order does not matter and padding costs. Rows
 * of equal length keep their order.
 */
export function batchesByLength(tokens: Tokenized, size: number): Int32Array[] {
  const count = textCount(tokens);
  const order = Int32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => lengthOf(tokens, b) - lengthOf(tokens, a) || a - b,
  );
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => order.subarray(i * size, (i + 1) * size));
}
