// The names of every figure, the same in code, screen, file and chart. Definitions: src/lib/metrics.

export interface ClassMetrics {
  precision: number;
  recall: number;
  f1: number;
  support: number;
}

/** One wrongly predicted row, kept with the evaluation so that it can be read without the data set. */
export interface Misclassified {
  rowId: string;
  text: string;
  actual: string[];
  predicted: string[];
  confidence: number;
  scores: LabelScore[];
}

export interface LabelScore {
  label: string;
  score: number;
}

/** One bin of the reliability diagram: (index/15, (index+1)/15], 0 falls in bin 0. */
export interface ReliabilityBin {
  bin: number;
  count: number;
  accuracy: number;
  confidence: number;
}

/** Figures over one split of rows. Undefined figures (no rows, no positives) are null, never NaN. */
export interface ClassificationMetrics {
  kind?: 'classification';
  rows: number;
  loss: number | null;
  accuracy: number;
  precisionMacro: number;
  recallMacro: number;
  f1Macro: number;
  precisionWeighted: number;
  recallWeighted: number;
  f1Weighted: number;
  f1Micro: number;
  /** Expected calibration error, 15 equal-width bins on the top probability. */
  ece: number | null;
  perClass: Record<string, ClassMetrics>;
  /** Sparse: only the cells that are not zero. Absent for several labels. */
  confusion: Record<string, Record<string, number>>;
  misclassified: Misclassified[];
  reliability: ReliabilityBin[];
  /** Several labels only. */
  hammingLoss?: number;
  subsetAccuracy?: number;
  f1Samples?: number;
  /** A tree of labels only: hierarchical precision, recall and F1, and figures of each level, the top first. */
  hierarchicalPrecision?: number;
  hierarchicalRecall?: number;
  hierarchicalF1?: number;
  levels?: LevelMetrics[];
}

/** Figures over the labels of one level of a tree. */
export interface LevelMetrics {
  /** 1 at the top. */
  level: number;
  labels: number;
  /** Labels of this level that rows have, summed. */
  support: number;
  precisionMicro: number;
  recallMicro: number;
  f1Micro: number;
  f1Macro: number;
}

/** Figures of vectors: which are there depends on the rows (scored pairs, triplets, texts that belong together). */
export interface EmbeddingMetrics {
  kind: 'embedding';
  /** Pairs, triplets or queries judged. */
  rows: number;
  loss: number | null;
  /** Of cosine similarity against the scores given: rank and linear correlation. */
  spearman: number | null;
  pearson: number | null;
  /** Triplets whose positive is nearer than their negative. */
  tripletAccuracy: number | null;
  /** Retrieval: every text asks, and those that belong to it should come first. */
  recallAt10: number | null;
  ndcgAt10: number | null;
  mrr: number | null;
  /** Matryoshka: the first figure that the rows have, from the first so many numbers of each vector alone. */
  byDimensions?: { dimensions: number; value: number }[];
  /** The same figures of the base before it was tuned, on the same rows. */
  before?: Omit<EmbeddingMetrics, 'before'>;
}

/** Ranking figures of a recommender: means over users. */
export interface RecommenderMetrics {
  kind: 'recommender';
  /** Users judged. */
  rows: number;
  loss: number | null;
  hitRateAt10: number | null;
  ndcgAt10: number | null;
  mrr: number | null;
  recallAt10: number | null;
  coverage: number | null;
}

/** Figures over one split, in the shape of the run's task. */
export type Metrics = ClassificationMetrics | EmbeddingMetrics | RecommenderMetrics;
