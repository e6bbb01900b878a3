// What the rows of a run are: pairs with scores, pairs, triplets, texts with labels, or texts alone. Nothing is read here.
import type { Split } from '../../contract/records';

export type RowForm = 'scored-pairs' | 'pairs' | 'triplets' | 'labelled' | 'texts';

export const formNames: Record<RowForm, string> = {
  'scored-pairs': 'pairs with scores',
  pairs: 'pairs',
  triplets: 'triplets',
  labelled: 'texts with labels',
  texts: 'plain texts',
};

/** One entry an example. A row with several positives is several examples with one row id. */
export interface EmbeddingRows {
  rowIds: string[];
  /** The text, the anchor or the first sentence. */
  first: string[];
  /** The positive or the second sentence; empty for texts. */
  second: string[];
  /** The negative, "" where the row has none; empty unless triplets. */
  third: string[];
  /** scored-pairs: 0 to 1 · labelled: class number · empty otherwise. */
  values: Float64Array;
}

export interface EmbeddingData {
  form: RowForm;
  /** Names of the classes of labelled texts. */
  labels: string[];
  /** The lowest and highest score as the file has them: they became 0 and 1. */
  scores: { low: number; high: number } | null;
  splits: Record<Split, EmbeddingRows>;
}

export const splitNames: readonly Split[] = ['train', 'validation', 'test'];

export const emptyRows = (): EmbeddingRows => ({
  rowIds: [],
  first: [],
  second: [],
  third: [],
  values: new Float64Array(0),
});

/** All texts of some rows, in the order of first, second, third. */
export const textsOf = ({ first, second, third }: EmbeddingRows): string[] => [...first, ...second, ...third];
