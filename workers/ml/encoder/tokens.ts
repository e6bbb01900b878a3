// Tokenised texts and how they become batches: flat ids with offsets, lengths in few buckets, padding to the longest text of
// the batch only. It knows no tokenizer and no model.

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

/**
 * Padded lengths: steps of 8 up to 64, of 16 to 128, then about a fifth more each. A plan is recorded for each that occurs,
 * so there are few; padding wastes 6 % on short questions.
 */
const buckets: readonly number[] = [
  ...[8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128],
  ...[160, 192, 224, 256, 320, 384, 448, 512],
];

/** The padded length for texts of up to `length` tokens. `most` is the longest the model takes, and a bucket, too. */
export function bucketOf(length: number, most = Number.POSITIVE_INFINITY): number {
  const found = buckets.find((bucket) => bucket >= length) ?? 128 * Math.ceil(length / 128);
  return Math.max(1, Math.min(found, most));
}

/** A batch padded to one length. */
export interface PaddedBatch {
  rows: number;
  length: number;
  /** [rows, length], `padId` where there is no token. */
  ids: Int32Array;
  /** [rows, length], 0 where there is no token. */
  types: Int32Array;
  /** [rows]; 0 for padding rows. */
  lengths: Int32Array;
}

/** Rows of `tokens` side by side, padded on the right to a bucket and below to `rowsOfBatch` rows. */
export function padBatch(
  tokens: Tokenized,
  rows: ArrayLike<number>,
  { padId, most, rowsOfBatch = rows.length }: { padId: number; most: number; rowsOfBatch?: number },
): PaddedBatch {
  if (rows.length > rowsOfBatch) throw new RangeError(`${rows.length} texts do not fit a batch of ${rowsOfBatch}.`);
  const lengths = new Int32Array(rowsOfBatch);
  let longest = 1;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!(row >= 0 && row < textCount(tokens))) throw new RangeError(`There is no text ${row} among these tokens.`);
    const length = lengthOf(tokens, row);
    if (length > most) throw new RangeError(`A text has ${length} tokens; this model takes ${most}.`);
    lengths[i] = length;
    longest = Math.max(longest, length);
  }
  const length = bucketOf(longest, most);
  const ids = new Int32Array(rowsOfBatch * length).fill(padId);
  const types = new Int32Array(rowsOfBatch * length);
  for (let i = 0; i < rows.length; i++) {
    const start = tokens.offsets[rows[i]!]!;
    const end = tokens.offsets[rows[i]! + 1]!;
    ids.set(tokens.ids.subarray(start, end), i * length);
    if (tokens.types) types.set(tokens.types.subarray(start, end), i * length);
  }
  return { rows: rowsOfBatch, length, ids, types, lengths };
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
