// The names of figures as shown, what they mean in two lines, and which way is better. Names in code: contract/metrics.
import type { ClassificationMetrics, EmbeddingMetrics, RecommenderMetrics } from '../../contract/metrics';

type ScalarsOf<M> = { [K in keyof M]-?: NonNullable<M[K]> extends number ? K : never }[keyof M];
export type ScalarMetric =
  ScalarsOf<ClassificationMetrics> | ScalarsOf<EmbeddingMetrics> | ScalarsOf<RecommenderMetrics>;

interface MetricWords {
  title: string;
  definition: string;
  formula?: string;
  /** True where more is better. */
  higher: boolean;
}

export const metricWords: Readonly<Record<ScalarMetric, MetricWords>> = {
  rows: { title: 'Rows', definition: 'Rows judged.', higher: true },
  loss: {
    title: 'Loss',
    definition: 'Mean cross-entropy: how surprised the model is by the right answers.',
    formula: '−mean ln p(right)',
    higher: false,
  },
  accuracy: { title: 'Accuracy', definition: 'Share of rows answered right.', formula: 'right / rows', higher: true },
  precisionMacro: {
    title: 'Macro precision',
    definition: 'Of what was called a class, the share that is it; mean over classes.',
    formula: 'mean TP / (TP + FP)',
    higher: true,
  },
  recallMacro: {
    title: 'Macro recall',
    definition: 'Of a class’s rows, the share that was found; mean over classes.',
    formula: 'mean TP / (TP + FN)',
    higher: true,
  },
  f1Macro: {
    title: 'Macro-F1',
    definition: 'F1 of each class, then the plain mean: small classes count as much as large ones.',
    formula: 'mean 2PR / (P + R)',
    higher: true,
  },
  precisionWeighted: {
    title: 'Weighted precision',
    definition: 'Precision of each class, mean weighted by its rows.',
    higher: true,
  },
  recallWeighted: {
    title: 'Weighted recall',
    definition: 'Recall of each class, mean weighted by its rows.',
    higher: true,
  },
  f1Weighted: { title: 'Weighted F1', definition: 'F1 of each class, mean weighted by its rows.', higher: true },
  f1Micro: { title: 'Micro-F1', definition: 'F1 over all decisions together, whatever their class.', higher: true },
  ece: {
    title: 'Calibration error',
    definition: 'Mean gap between stated confidence and share right, over 15 bins.',
    formula: 'Σ n/N · |right − confidence|',
    higher: false,
  },
  hammingLoss: { title: 'Hamming loss', definition: 'Share of single label decisions that are wrong.', higher: false },
  subsetAccuracy: {
    title: 'Exact match',
    definition: 'Share of rows whose labels are all right, none missing, none too many.',
    higher: true,
  },
  spearman: {
    title: 'Spearman',
    definition: 'How well cosine similarity puts the pairs in the order of their scores. 1 is the same order.',
    formula: 'correlation of ranks',
    higher: true,
  },
  pearson: {
    title: 'Pearson',
    definition: 'How well cosine similarity follows the scores in a line. 1 is a line.',
    higher: true,
  },
  tripletAccuracy: {
    title: 'Triplets right',
    definition: 'Share of triplets whose positive lies nearer to the anchor than their negative.',
    higher: true,
  },
  hitRateAt10: {
    title: 'Hit rate at 10',
    definition: 'Share of users whose held-out item stands among the first ten.',
    higher: true,
  },
  ndcgAt10: {
    title: 'NDCG at 10',
    definition: 'What belongs among the first ten counts the more the higher it stands. 1 is perfect.',
    formula: 'Σ rel / log₂(rank + 1), over the best possible',
    higher: true,
  },
  recallAt10: {
    title: 'Recall at 10',
    definition: 'Of all that belongs, the share that stands among the first ten.',
    higher: true,
  },
  mrr: {
    title: 'MRR',
    definition: 'One over the place of the first right answer, mean over questions.',
    formula: 'mean 1 / rank',
    higher: true,
  },
  coverage: {
    title: 'Coverage',
    definition: 'Share of all items that anybody is recommended.',
    higher: true,
  },
  f1Samples: { title: 'F1 per row', definition: 'F1 of each row’s labels, mean over rows.', higher: true },
  hierarchicalPrecision: {
    title: 'Hierarchical precision',
    definition: 'Of all labels given, with what stands above them, the share that is right.',
    formula: 'Σ both / Σ given',
    higher: true,
  },
  hierarchicalRecall: {
    title: 'Hierarchical recall',
    definition: 'Of all true labels, with what stands above them, the share that was given.',
    formula: 'Σ both / Σ true',
    higher: true,
  },
  hierarchicalF1: {
    title: 'Hierarchical F1',
    definition: 'F1 over labels with what stands above them: a miss within the right branch counts half a hit.',
    formula: '2PR / (P + R)',
    higher: true,
  },
};

/** The title of a figure by its name; the name itself where it has no other. */
export function metricTitle(name: string): string {
  return Object.entries(metricWords).find(([known]) => known === name)?.[1].title ?? name;
}
