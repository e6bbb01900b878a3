// The names of figures as shown, what they mean in two lines, and which way is better. Names in code: contract/metrics.
import type { ClassificationMetrics } from '../../contract/metrics';

export type ScalarMetric = {
  [K in keyof ClassificationMetrics]-?: NonNullable<ClassificationMetrics[K]> extends number ? K : never;
}[keyof ClassificationMetrics];

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
  f1Samples: { title: 'F1 per row', definition: 'F1 of each row’s labels, mean over rows.', higher: true },
};
