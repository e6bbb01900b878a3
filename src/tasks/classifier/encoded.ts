// Texts as the network reads them: hashed features, and the word-pieces of a base where the run began with one. Made by a
// TextReader, packed for plans here.
import { entriesOf, entryBucket, packBags, type Bags } from '../../../workers/ml/bags';
import type { StepInputs } from '../../../workers/ml/step-context';
import { wordsOf } from './features';
import type { PieceBags, Pieces } from './pieces';
import type { Vocabulary } from './vocabulary';

export interface EncodedTexts {
  features: Bags;
  pieces: PieceBags | null;
}

/** Sizes of a plan besides its rows; `pieces` and `rest` (1 where other pieces add something) only with a base. */
export type TextSizes = { entries: number } | { entries: number; pieces: number; rest: number };

export class TextReader {
  constructor(
    readonly vocabulary: Vocabulary,
    readonly pieces: Pieces | null,
  ) {}

  encode(texts: readonly string[]): EncodedTexts {
    return { features: this.vocabulary.encode(texts), pieces: this.pieces?.encode(texts) ?? null };
  }

  /** The text as it is, then without each of its words in turn. */
  encodeWithout(text: string): EncodedTexts {
    const words = wordsOf(text, this.vocabulary.settings.maxLength);
    const plain = words.map(({ word }) => word);
    const variants = [plain, ...plain.map((_, left) => plain.filter((_word, i) => i !== left))];
    const cut = [text, ...words.map(({ start, end }) => `${text.slice(0, start)} ${text.slice(end)}`)];
    return { features: this.vocabulary.encodeWords(variants), pieces: this.pieces?.encode(cut) ?? null };
  }
}

export const textCount = ({ features }: EncodedTexts): number => features.starts.length - 1;

/** Sizes that these rows need. */
export function sizesOf({ features, pieces }: EncodedTexts, rows: ArrayLike<number>): TextSizes {
  const entries = entryBucket(entriesOf(features, rows));
  if (!pieces) return { entries };
  return { entries, pieces: entryBucket(entriesOf(pieces, rows)), rest: pieces.rest ? 1 : 0 };
}

/** The sizes that both fit. */
export function largerSizes(a: TextSizes, b: TextSizes): TextSizes {
  const entries = Math.max(a.entries, b.entries);
  if (!('pieces' in a) || !('pieces' in b)) return { entries };
  return { entries, pieces: Math.max(a.pieces, b.pieces), rest: Math.max(a.rest, b.rest) };
}

/** Inputs of a plan for these rows, followed by empty ones up to `count`. */
export function packTexts(
  { features, pieces }: EncodedTexts,
  rows: ArrayLike<number>,
  count: number,
  sizes: TextSizes,
): StepInputs {
  const packed = packBags(features, rows, count, sizes.entries);
  if (!pieces || !('pieces' in sizes)) return packed;
  const inputs = { ...packed, ...packBags(pieces, rows, count, sizes.pieces, 'pieces') };
  return sizes.rest === 0 ? inputs : { ...inputs, 'pieces.rest': restOf(pieces, rows, count) };
}

function restOf({ rest, starts }: PieceBags, rows: ArrayLike<number>, count: number): Float32Array {
  const dimensions = rest ? rest.length / (starts.length - 1) : 0;
  const packed = new Float32Array(count * dimensions);
  if (rest)
    for (let r = 0; r < rows.length; r++)
      packed.set(rest.subarray(rows[r]! * dimensions, (rows[r]! + 1) * dimensions), r * dimensions);
  return packed;
}

/** Bytes of the texts as they are kept. */
export function bytesOf({ features, pieces }: EncodedTexts): number {
  const bags = [features, ...(pieces ? [pieces] : [])];
  const own = bags.reduce(
    (sum, { starts, ids, weights }) => sum + 4 * (starts.length + ids.length + weights.length),
    0,
  );
  return own + (pieces?.rest?.byteLength ?? 0);
}
