// Walks the n-grams of a text over a trie: word n-grams, or character n-grams inside words (scikit-learn's
// analyzers `word` and `char_wb`). Knows nothing of weights.
import { NgramTrie } from './ngram-trie';
import { emptySpans, findChunks, findWords, stripAccents, type Spans } from './tokens';

export type Analyzer = 'word' | 'char_wb';

export interface NgramOptions {
  analyzer: Analyzer;
  ngramRange: readonly [number, number];
  lowercase: boolean;
  stripAccents: boolean;
  /** Words left out before n-grams are joined; only for `word`. */
  stopWords: readonly string[];
}

/** `start` and `end`: UTF-16 offsets into the text as normalised (lower-cased …). */
export type Visit = (node: number, start: number, end: number) => void;

const SPACE = 0x20;

export class NgramWalker {
  readonly trie = new NgramTrie();
  private readonly words = new Map<string, number>();
  private readonly wordList: string[] = [];
  private readonly stop: Set<string>;
  private readonly spans: Spans = emptySpans();
  private symbols: number[] = [];
  private starts: number[] = [];
  private ends: number[] = [];

  constructor(readonly options: NgramOptions) {
    this.stop = new Set(options.stopWords);
  }

  normalise(text: string): string {
    const lower = this.options.lowercase ? text.toLowerCase() : text;
    return this.options.stripAccents ? stripAccents(lower) : lower;
  }

  /** Visits every n-gram of the text, in a fixed order. `grow` adds what is new; else the unknown is passed over. */
  walk(text: string, grow: boolean, visit: Visit): void {
    const normalised = this.normalise(text);
    if (this.options.analyzer === 'word') this.walkWords(normalised, grow, visit);
    else this.walkChars(normalised, grow, visit);
  }

  /** Adds one term as `termOf` writes it and returns its node. */
  add(term: string): number {
    let node = 0;
    if (this.options.analyzer === 'word') {
      for (const word of term.split(' ')) node = this.trie.grow(node, this.wordSymbol(word, true));
    } else for (const letter of term) node = this.trie.grow(node, letter.codePointAt(0)!);
    return node;
  }

  /** The n-gram of a node as text: words joined by one space, or the characters. */
  termOf(node: number): string {
    const path: number[] = [];
    for (let at = node; at !== 0; at = this.trie.parent[at]!) path.push(this.trie.symbol[at]!);
    path.reverse();
    if (this.options.analyzer === 'word') return path.map((symbol) => this.wordList[symbol]!).join(' ');
    return String.fromCodePoint(...path);
  }

  private wordSymbol(word: string, grow: boolean): number {
    const known = this.words.get(word);
    if (known !== undefined) return known;
    if (!grow) return -1;
    const symbol = this.wordList.length;
    this.words.set(word, symbol);
    this.wordList.push(word);
    return symbol;
  }

  private walkWords(text: string, grow: boolean, visit: Visit): void {
    const { spans, symbols, starts, ends } = this;
    findWords(text, spans);
    let count = 0;
    for (let i = 0; i < spans.length; i++) {
      const word = text.slice(spans.starts[i], spans.ends[i]);
      if (this.stop.size > 0 && this.stop.has(word)) continue;
      symbols[count] = this.wordSymbol(word, grow);
      starts[count] = spans.starts[i]!;
      ends[count++] = spans.ends[i]!;
    }
    this.walkSymbols(count, grow, visit);
  }

  private walkChars(text: string, grow: boolean, visit: Visit): void {
    const { spans, symbols, starts, ends } = this;
    const [least] = this.options.ngramRange;
    findChunks(text, spans);
    for (let i = 0; i < spans.length; i++) {
      const from = spans.starts[i]!;
      const to = spans.ends[i]!;
      // Each word wears one space on either side; those have no place of their own in the text.
      symbols[0] = SPACE;
      starts[0] = ends[0] = from;
      let count = 1;
      for (let at = from; at < to;) {
        const code = text.codePointAt(at)!;
        // Half a character cannot be written to a file: it is read as the replacement character, as files would.
        symbols[count] = code >= 0xd800 && code < 0xe000 ? 0xfffd : code;
        starts[count] = at;
        at += code > 0xffff ? 2 : 1;
        ends[count++] = at;
      }
      symbols[count] = SPACE;
      starts[count] = ends[count] = to;
      count++;
      // A word shorter than the shortest n-gram counts once, whole.
      if (count < least) this.walkPath(0, count, count, grow, visit);
      else this.walkSymbols(count, grow, visit);
    }
  }

  private walkSymbols(count: number, grow: boolean, visit: Visit): void {
    const [least, most] = this.options.ngramRange;
    for (let start = 0; start + least <= count; start++)
      this.walkPath(start, Math.min(count, start + most), least, grow, visit);
  }

  /** From `start`, every n-gram of at least `least` symbols that ends at or before `stop`. */
  private walkPath(start: number, stop: number, least: number, grow: boolean, visit: Visit): void {
    const { trie, symbols } = this;
    let node = 0;
    for (let at = start; at < stop; at++) {
      const symbol = symbols[at]!;
      if (symbol < 0) return;
      node = grow ? trie.grow(node, symbol) : trie.child(node, symbol);
      if (node < 0) return;
      if (at - start + 1 >= least) visit(node, this.starts[start]!, this.ends[at]!);
    }
  }
}
