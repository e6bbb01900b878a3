// TF-IDF as scikit-learn's TfidfVectorizer computes it: counts of n-grams, weighted by how rare they are, each row
// scaled to length one. Terms are sorted by code point; ties of maxFeatures go to the first in that order.
import { emptyCsr, grown, type Csr } from './csr';
import { NgramWalker, type NgramOptions } from './ngrams';
import { compareCodePoints, sortByCodePoint } from './tokens';

export interface TfidfOptions extends NgramOptions {
  /** The terms with the highest total count are kept; null keeps all. */
  maxFeatures: number | null;
  /** Rows a term must be in at least. */
  minDf: number;
  /** Share of the rows a term may be in at most, 0..1. */
  maxDf: number;
  sublinearTf: boolean;
  smoothIdf: boolean;
  norm: 'l2' | 'l1' | null;
}

/** scikit-learn's defaults. */
export const defaultTfidf: TfidfOptions = {
  analyzer: 'word',
  ngramRange: [1, 1],
  lowercase: true,
  stripAccents: false,
  stopWords: [],
  maxFeatures: null,
  minDf: 1,
  maxDf: 1,
  sublinearTf: false,
  smoothIdf: true,
  norm: 'l2',
};

/** One row, reused from text to text. Entries 0..length; indices in order of first appearance. */
export interface SparseRow {
  indices: Int32Array;
  values: Float64Array;
  length: number;
}
export const emptyRow = (): SparseRow => ({ indices: new Int32Array(256), values: new Float64Array(256), length: 0 });

export class TfidfVectoriser {
  private readonly walker: NgramWalker;
  /** Node of the trie → feature, -1 for a prefix that is none. */
  private readonly featureOf: Int32Array;
  private readonly counts: Float64Array;

  /** `terms` sorted by code point; `idf[i]` belongs to `terms[i]`. */
  constructor(
    readonly options: TfidfOptions,
    readonly terms: readonly string[],
    readonly idf: Float64Array,
  ) {
    this.walker = new NgramWalker(options);
    const nodes = Int32Array.from(terms, (term) => this.walker.add(term));
    this.featureOf = new Int32Array(this.walker.trie.size).fill(-1);
    nodes.forEach((node, feature) => (this.featureOf[node] = feature));
    this.counts = new Float64Array(terms.length);
  }

  /** Weights of one text. A text without known terms gives an empty row. */
  row(text: string, row: SparseRow): void {
    const { counts, featureOf } = this;
    row.length = 0;
    this.walker.walk(text, false, (node) => {
      const feature = featureOf[node]!;
      if (feature < 0) return;
      if (counts[feature] === 0) {
        row.indices = grown(row.indices, row.length + 1);
        row.indices[row.length++] = feature;
      }
      counts[feature]!++;
    });
    row.values = grown(row.values, row.length);
    for (let i = 0; i < row.length; i++) {
      const feature = row.indices[i]!;
      row.values[i] = weight(counts[feature]!, this.options) * this.idf[feature]!;
      counts[feature] = 0;
    }
    normalise(row.values, 0, row.length, this.options.norm);
  }

  /** Every place where a known term stands: offsets into the normalised text. */
  places(text: string): { feature: number; start: number; end: number }[] {
    const found: { feature: number; start: number; end: number }[] = [];
    this.walker.walk(text, false, (node, start, end) => {
      const feature = this.featureOf[node]!;
      if (feature >= 0) found.push({ feature, start, end });
    });
    return found;
  }

  transform(texts: readonly string[], shared = false): Csr {
    const row = emptyRow();
    let indices = new Int32Array(texts.length * 16);
    let values = new Float64Array(texts.length * 16);
    const offsets = new Int32Array(texts.length + 1);
    let at = 0;
    texts.forEach((text, i) => {
      this.row(text, row);
      indices = grown(indices, at + row.length);
      values = grown(values, at + row.length);
      indices.set(row.indices.subarray(0, row.length), at);
      values.set(row.values.subarray(0, row.length), at);
      at += row.length;
      offsets[i + 1] = at;
    });
    const csr = emptyCsr(texts.length, this.terms.length, at, shared);
    csr.offsets.set(offsets);
    csr.indices.set(indices.subarray(0, at));
    csr.values.set(values.subarray(0, at));
    return csr;
  }
}

/** Counts of every n-gram of a corpus, text by text, so that a long corpus can be counted in pieces. */
export class TfidfCounter {
  private readonly walker: NgramWalker;
  private texts = 0;
  private total = new Float64Array(1024);
  private inTexts = new Int32Array(1024);
  private inText = new Int32Array(1024);
  private nodes = new Int32Array(4096);
  private nodeCounts = new Int32Array(4096);
  private used = 0;
  private offsets = new Int32Array(1024);

  constructor(private readonly options: TfidfOptions) {
    this.walker = new NgramWalker(options);
  }

  add(text: string): void {
    const start = this.used;
    this.walker.walk(text, true, (node) => {
      if (node >= this.inText.length) this.inText = grown(this.inText, node + 1);
      if (this.inText[node]!++ > 0) return;
      if (this.used >= this.nodes.length) this.nodes = grown(this.nodes, this.used + 1);
      this.nodes[this.used++] = node;
    });
    const { size } = this.walker.trie;
    this.total = grown(this.total, size);
    this.inTexts = grown(this.inTexts, size);
    this.nodeCounts = grown(this.nodeCounts, this.nodes.length);
    for (let i = start; i < this.used; i++) {
      const node = this.nodes[i]!;
      const count = this.inText[node]!;
      this.inText[node] = 0;
      this.nodeCounts[i] = count;
      this.total[node]! += count;
      this.inTexts[node]!++;
    }
    this.offsets = grown(this.offsets, ++this.texts + 1);
    this.offsets[this.texts] = this.used;
  }

  /** The vectoriser of the texts added, and their rows. */
  finish(shared = false): { vectoriser: TfidfVectoriser; matrix: Csr } {
    const { options, texts } = this;
    const kept = this.chooseNodes();
    const byTerm = new Map(kept.map((node) => [this.walker.termOf(node), node]));
    const terms = sortByCodePoint([...byTerm.keys()]);
    const featureOf = new Int32Array(this.walker.trie.size).fill(-1);
    const idf = new Float64Array(terms.length);
    const smooth = options.smoothIdf ? 1 : 0;
    terms.forEach((term, feature) => {
      const node = byTerm.get(term)!;
      featureOf[node] = feature;
      idf[feature] = Math.log((texts + smooth) / (this.inTexts[node]! + smooth)) + 1;
    });
    return { vectoriser: new TfidfVectoriser(options, terms, idf), matrix: this.weigh(featureOf, idf, shared) };
  }

  private chooseNodes(): number[] {
    const { options, total, inTexts, texts } = this;
    const most = options.maxDf * texts;
    let nodes: number[] = [];
    for (let node = 1; node < this.walker.trie.size; node++)
      if (total[node]! > 0 && inTexts[node]! >= options.minDf && inTexts[node]! <= most) nodes.push(node);
    const limit = options.maxFeatures;
    if (limit === null || nodes.length <= limit) return nodes;
    const cut = Float64Array.from(nodes, (node) => total[node]!).sort()[nodes.length - limit]!;
    const tied = nodes
      .filter((node) => total[node] === cut)
      .map((node) => ({ node, term: this.walker.termOf(node) }))
      .sort((a, b) => compareCodePoints(a.term, b.term));
    nodes = nodes.filter((node) => total[node]! > cut);
    return nodes.concat(tied.slice(0, limit - nodes.length).map((entry) => entry.node));
  }

  private weigh(featureOf: Int32Array, idf: Float64Array, shared: boolean): Csr {
    let nonZeros = 0;
    for (let i = 0; i < this.used; i++) if (featureOf[this.nodes[i]!]! >= 0) nonZeros++;
    const csr = emptyCsr(this.texts, idf.length, nonZeros, shared);
    let at = 0;
    for (let row = 0; row < this.texts; row++) {
      const start = at;
      for (let i = this.offsets[row]!; i < this.offsets[row + 1]!; i++) {
        const feature = featureOf[this.nodes[i]!]!;
        if (feature < 0) continue;
        csr.indices[at] = feature;
        csr.values[at++] = weight(this.nodeCounts[i]!, this.options) * idf[feature]!;
      }
      normalise(csr.values, start, at, this.options.norm);
      csr.offsets[row + 1] = at;
    }
    return csr;
  }
}

function weight(count: number, options: TfidfOptions): number {
  return options.sublinearTf ? 1 + Math.log(count) : count;
}

function normalise(values: Float64Array, from: number, to: number, norm: TfidfOptions['norm']): void {
  if (norm === null) return;
  let sum = 0;
  for (let i = from; i < to; i++) sum += norm === 'l2' ? values[i]! * values[i]! : Math.abs(values[i]!);
  const length = norm === 'l2' ? Math.sqrt(sum) : sum;
  if (length > 0) for (let i = from; i < to; i++) values[i]! /= length;
}
