// The word-pieces of a pre-trained static base beside the hashed features: texts as bags of pieces. Rows of pieces that
// training texts hold are learned further; what the base knows of all others stays as it is, and is summed here.
import type { Bags } from '../../../workers/ml/bags';
import type { StaticEncoder } from '../../../workers/ml/encoder/static-encoder';
import { lengthOf } from '../../../workers/ml/encoder/tokens';

/** Bags of rows of the learned table, and what other pieces add to each text: [texts, dimensions], null where nothing. */
export interface PieceBags extends Bags {
  rest: Float32Array | null;
}

/**
 * Length of a text's vector where its pieces are independent, beside features of length 0.1. Measured with 10 rows a class
 * and with all (src/README.md, "What was measured"): 1 loses what the base knows, 12 drowns the features.
 */
export const textLength = 5;

export class Pieces {
  private readonly rowOf: Int32Array;
  /** Squared length of each piece's row. */
  private readonly squares: Float32Array;
  private readonly gain: number;

  /** `ids`: pieces that are learned, ascending; their place is their row in the learned table. */
  constructor(
    readonly encoder: StaticEncoder,
    readonly ids: Int32Array,
  ) {
    this.rowOf = new Int32Array(encoder.vocabulary).fill(-1);
    ids.forEach((id, row) => (this.rowOf[id] = row));
    const lengths = rowLengths(encoder);
    this.gain = textLength / (lengths.reduce((sum, length) => sum + length, 0) / lengths.length);
    this.squares = lengths.map((length) => (length * this.gain) ** 2);
  }

  get dimensions(): number {
    return this.encoder.dimensions;
  }

  /** The learned table as it begins: [ids, dimensions]. */
  initial(): Float32Array {
    const table = new Float32Array(this.ids.length * this.dimensions);
    this.ids.forEach((id, row) => this.encoder.row(id, table, row * this.dimensions, this.gain));
    return table;
  }

  /** Rows of all pieces, [vocabulary, dimensions]: the learned ones, and the others as the base has them. */
  wholeTable(learned: Float32Array): Float32Array {
    const { dimensions } = this;
    const table = new Float32Array(this.rowOf.length * dimensions);
    this.rowOf.forEach((row, id) => {
      if (row < 0) this.encoder.row(id, table, id * dimensions, this.gain);
      else table.set(learned.subarray(row * dimensions, (row + 1) * dimensions), id * dimensions);
    });
    return table;
  }

  /** What each piece counts in the sum that a text's vector is divided by the root of: its squared length at the start. */
  weights(): Float32Array {
    return this.squares.slice();
  }

  /**
   * Every piece of a text weighs the same, so much that the text's vector has about one length however many there are:
   * `textLength` over the root of the sum of squared lengths.
   */
  encode(texts: readonly string[]): PieceBags {
    const tokens = this.encoder.tokenize(texts);
    const { dimensions } = this;
    const starts = new Int32Array(texts.length + 1);
    const ids = new Int32Array(tokens.ids.length);
    const weights = new Float32Array(tokens.ids.length);
    let rest: Float32Array | null = null;
    let count = 0;
    for (let text = 0; text < texts.length; text++) {
      const own = tokens.ids.subarray(tokens.offsets[text], tokens.offsets[text]! + lengthOf(tokens, text));
      const share = this.shareOf(own);
      for (const id of own) {
        const row = this.rowOf[id]!;
        if (row >= 0) {
          ids[count] = row;
          weights[count++] = share;
          continue;
        }
        rest ??= new Float32Array(texts.length * dimensions);
        this.encoder.row(id, rest, text * dimensions, this.gain * share);
      }
      starts[text + 1] = count;
    }
    return { starts, ids: ids.slice(0, count), weights: weights.slice(0, count), rest };
  }

  private shareOf(ids: Int32Array): number {
    let sum = 0;
    for (const id of ids) sum += this.squares[id]!;
    return sum > 0 ? textLength / Math.sqrt(sum) : 0;
  }
}

/** The pieces of the base that these texts hold. `pause` is awaited between stretches of texts. */
export async function learnPieces(
  encoder: StaticEncoder,
  texts: readonly string[],
  pause: (fraction: number) => Promise<void> = () => Promise.resolve(),
): Promise<Pieces> {
  const held = new Uint8Array(encoder.vocabulary);
  for (let from = 0; from < texts.length; from += 256) {
    await pause(from / texts.length);
    for (const id of encoder.tokenize(texts.slice(from, from + 256)).ids) held[id] = 1;
  }
  return new Pieces(
    encoder,
    Int32Array.from(held.keys()).filter((id) => held[id] === 1),
  );
}

function rowLengths({ vocabulary, dimensions, row }: StaticEncoder): Float32Array {
  const lengths = new Float32Array(vocabulary);
  const values = new Float32Array(dimensions);
  for (let id = 0; id < vocabulary; id++) {
    values.fill(0);
    row(id, values, 0);
    lengths[id] = Math.hypot(...values);
  }
  return lengths;
}
