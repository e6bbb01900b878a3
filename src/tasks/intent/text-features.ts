// Which vectorisers a recipe means, and one text's weights over all of them side by side.
import { besides, type Csr } from '../../../workers/kernels/linear/csr';
import type { TfidfVectoriser } from '../../../workers/kernels/linear/tfidf';
import {
  defaultTfidf,
  emptyRow,
  TfidfCounter,
  type SparseRow,
  type TfidfOptions,
} from '../../../workers/kernels/linear/tfidf';
import { grown } from '../../../workers/kernels/linear/csr';
import { charRange, type IntentConfig } from './spec';

/** One vectoriser, or words and characters with their columns in this order. Each row part has length one by itself. */
export function vectoriserOptions(config: IntentConfig): TfidfOptions[] {
  const [least, most] = config.ngramRange;
  const common: TfidfOptions = {
    ...defaultTfidf,
    ngramRange: [least ?? 1, most ?? 1],
    maxFeatures: config.maxFeatures === 0 ? null : config.maxFeatures,
    sublinearTf: config.sublinearTf,
  };
  if (config.analyzer !== 'word+char') return [{ ...common, analyzer: config.analyzer }];
  return [
    { ...common, analyzer: 'word' },
    { ...common, analyzer: 'char_wb', ngramRange: charRange },
  ];
}

export class TextFeatures {
  readonly count: number;
  private readonly part: SparseRow = emptyRow();

  constructor(readonly vectorisers: readonly TfidfVectoriser[]) {
    this.count = vectorisers.reduce((sum, one) => sum + one.terms.length, 0);
  }

  /** Weights of one text over all features; a text without known terms gives an empty row. */
  row(text: string, row: SparseRow): void {
    const first = this.vectorisers[0]!;
    first.row(text, row);
    let shift = first.terms.length;
    for (const vectoriser of this.vectorisers.slice(1)) {
      vectoriser.row(text, this.part);
      row.indices = grown(row.indices, row.length + this.part.length);
      row.values = grown(row.values, row.length + this.part.length);
      for (let i = 0; i < this.part.length; i++) {
        row.indices[row.length] = this.part.indices[i]! + shift;
        row.values[row.length++] = this.part.values[i]!;
      }
      shift += vectoriser.terms.length;
    }
  }

  /** The same weights in a row of its own. */
  rowOf(text: string): SparseRow {
    const row = emptyRow();
    this.row(text, row);
    return row;
  }

  /** The vectoriser a feature belongs to, with its number there. */
  locate(feature: number): { vectoriser: TfidfVectoriser; term: number } {
    let term = feature;
    for (const vectoriser of this.vectorisers) {
      if (term < vectoriser.terms.length) return { vectoriser, term };
      term -= vectoriser.terms.length;
    }
    throw new RangeError(`There is no feature ${feature}.`);
  }
}

/** Fits the vectorisers on the texts. `between` is called often, to let messages in and to stop by throwing. */
export async function fitFeatures(
  texts: readonly string[],
  options: readonly TfidfOptions[],
  shared: boolean,
  between: (fraction: number) => Promise<void>,
): Promise<{ features: TextFeatures; matrix: Csr }> {
  const vectorisers: TfidfVectoriser[] = [];
  let matrix: Csr | null = null;
  for (const [at, option] of options.entries()) {
    const counter = new TfidfCounter(option);
    for (const [i, text] of texts.entries()) {
      counter.add(text);
      if (i % 64 === 0) await between((at + i / texts.length) / options.length);
    }
    const fitted = counter.finish(shared);
    vectorisers.push(fitted.vectoriser);
    matrix = matrix ? besides(matrix, fitted.matrix, shared) : fitted.matrix;
  }
  if (!matrix) throw new RangeError('No vectoriser was asked for.');
  return { features: new TextFeatures(vectorisers), matrix };
}
