// The features a model knows, and texts as bags of their rows. Learned from training rows alone.
import type { Bags } from '../../../workers/ml/bags';
import { visitFeatures, wordsOf, type FeatureSettings } from './features';

/** Hash → row of the embedding table; rows in the order of `hashes`, which ascend. */
export class Vocabulary {
  private readonly rowOf: Map<number, number>;

  constructor(
    readonly hashes: Int32Array,
    readonly settings: FeatureSettings,
  ) {
    this.rowOf = new Map(Array.from(hashes, (hash, row) => [hash, row]));
  }

  get size(): number {
    return this.hashes.length;
  }

  /** Bags in which every entry weighs one over the number of entries: the mean of what is known. */
  encode(texts: readonly string[]): Bags {
    return this.encodeWords(texts.map((text) => wordsOf(text, this.settings.maxLength).map(({ word }) => word)));
  }

  encodeWords(texts: readonly (readonly string[])[]): Bags {
    const starts = new Int32Array(texts.length + 1);
    const ids: number[] = [];
    const weights: number[] = [];
    const seen = new Map<number, number>();
    texts.forEach((words, at) => {
      seen.clear();
      let total = 0;
      visitFeatures(words, this.settings, (hash) => {
        const row = this.rowOf.get(hash);
        if (row === undefined) return;
        seen.set(row, (seen.get(row) ?? 0) + 1);
        total++;
      });
      for (const [row, count] of seen) {
        ids.push(row);
        weights.push(count / total);
      }
      starts[at + 1] = ids.length;
    });
    return { starts, ids: Int32Array.from(ids), weights: Float32Array.from(weights) };
  }
}

/** Texts that the vocabulary is learned from; of more, so many evenly spaced ones. */
const mostRead = 100_000;

/**
 * Features of training texts: every word, and parts and pairs that at least two texts hold; the most frequent
 * `most` of them, the smaller hash first on ties. `pause` is awaited between stretches of texts.
 */
export async function learnVocabulary(
  texts: readonly string[],
  settings: FeatureSettings,
  most: number,
  pause: (fraction: number) => Promise<void> = () => Promise.resolve(),
): Promise<Vocabulary> {
  const textsWith = new Map<number, number>();
  const isWord = new Set<number>();
  const own = new Set<number>();
  const every = Math.ceil(texts.length / mostRead);
  for (let i = 0; i < texts.length; i += every) {
    if ((i / every) % 256 === 0) await pause(i / texts.length);
    own.clear();
    const words = wordsOf(texts[i]!, settings.maxLength).map(({ word }) => word);
    visitFeatures(words, settings, (hash, word) => {
      own.add(hash);
      if (word) isWord.add(hash);
    });
    for (const hash of own) textsWith.set(hash, (textsWith.get(hash) ?? 0) + 1);
    if (textsWith.size > mostCounted) dropRare(textsWith, isWord);
  }
  const known = [...textsWith].filter(([hash, count]) => count > 1 || isWord.has(hash));
  known.sort(([a, countA], [b, countB]) => countB - countA || a - b);
  const hashes = Int32Array.from(known.slice(0, most), ([hash]) => hash).sort();
  return new Vocabulary(hashes, settings);
}

/** Counted at one time; a map holds some 16 million entries at most. */
const mostCounted = 4_000_000;

function dropRare(textsWith: Map<number, number>, isWord: Set<number>): void {
  for (const [hash, count] of textsWith)
    if (count === 1) {
      textsWith.delete(hash);
      isWord.delete(hash);
    }
}
