// From a text to numbered features: words, parts of words and pairs of words, each known by a 32-bit hash. The
// vocabulary is the list of hashes that training rows held; what it does not know is left out. The same file
// tells predict.mjs (exports) what to do, so change both together; `featureVersion` goes into every model.

export const featureVersion = 1;

export interface FeatureSettings {
  /** Shortest and longest part of a word, in UTF-16 units of `<word>`. */
  subwords: [number, number];
  wordPairs: boolean;
  /** Words read, from the start. */
  maxLength: number;
}

export interface Word {
  /** Normalised (NFKC) and in lower case. */
  word: string;
  /** Place in the text, UTF-16 units. */
  start: number;
  end: number;
}

/** Letters and digits with inner apostrophes; question and exclamation marks and pictures count as words. */
export const wordPatternSource = "[\\p{L}\\p{N}\\p{M}]+(?:['’][\\p{L}\\p{N}\\p{M}]+)*|[!?]|\\p{Extended_Pictographic}";
const wordPattern = new RegExp(wordPatternSource, 'gu');

export function wordsOf(text: string, maxLength: number): Word[] {
  const words: Word[] = [];
  for (const match of text.matchAll(wordPattern)) {
    if (words.length === maxLength) break;
    const word = match[0].normalize('NFKC').toLowerCase().replaceAll('’', "'");
    words.push({ word, start: match.index, end: match.index + match[0].length });
  }
  return words;
}

const offset = 0x811c9dc5;
const prime = 0x01000193;

/** FNV-1a over UTF-16 units, low byte first; `seed` continues an earlier hash. */
function fnv(text: string, from: number, to: number, seed: number): number {
  let hash = seed;
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 255), prime);
    hash = Math.imul(hash ^ (unit >>> 8), prime);
  }
  return hash;
}

const wordSeed = fnv('w', 0, 1, offset);
const partSeed = fnv('p', 0, 1, offset);
const pairSeed = fnv('b', 0, 1, offset);

/** Calls `visit` with the hash (signed 32 bits) of every feature, in order, repeats included. */
export function visitFeatures(
  words: readonly string[],
  settings: FeatureSettings,
  visit: (hash: number, isWord: boolean) => void,
): void {
  const [least, most] = settings.subwords;
  words.forEach((word, at) => {
    visit(fnv(word, 0, word.length, wordSeed), true);
    const marked = `<${word}>`;
    for (let size = least; size <= most; size++)
      for (let from = 0; from + size <= marked.length; from++) visit(fnv(marked, from, from + size, partSeed), false);
    if (settings.wordPairs) visit(pairHash(words[at - 1] ?? '<', word), false);
  });
  if (settings.wordPairs && words.length > 0) visit(pairHash(words.at(-1)!, '>'), false);
}

function pairHash(first: string, second: string): number {
  const half = fnv(first, 0, first.length, pairSeed);
  return fnv(second, 0, second.length, fnv(' ', 0, 1, half));
}
