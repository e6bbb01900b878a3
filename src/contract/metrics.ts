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
}
