// What an intent run will take, told before it is started. Figures are estimates from sizes alone.
import type { TaskTraining } from '../task';
import type { IntentConfig } from './spec';

/** Multiply-adds a thread makes in a second, and how often each entry is met until all is solved; measured. */
const workPerSecond = 2.2e8;
const visits = 11;
/** Bytes beyond which a tab is in danger. */
const mostBytes = 3e9;

export const planIntent: TaskTraining['plan'] = (given, { rows, labels, meanLength }) => {
  const config = given as IntentConfig;
  const trainRows = Math.max(1, Math.round(rows * (config.split.train || 1)));
  const words = meanLength / 5.5;
  const wordEntries = words * (config.ngramRange[1]! - config.ngramRange[0]! + 1) * 0.65;
  const charEntries = meanLength * (config.analyzer === 'char_wb' ? ngrams(config) : 4) * 0.85;
  const entries =
    config.analyzer === 'word' ? wordEntries : config.analyzer === 'char_wb' ? charEntries : wordEntries + charEntries;
  const limit = config.maxFeatures === 0 ? Infinity : config.maxFeatures * (config.analyzer === 'word+char' ? 2 : 1);
  const features = Math.min(limit, Math.round(entries * Math.sqrt(trainRows) * 12));
  const outputs = labels === 2 ? 1 : Math.max(1, labels);
  const folds = config.calibrationFolds;
  const members = config.calibration === 'none' ? 1 : folds;
  const fits = config.calibration === 'none' ? (config.temperature ? folds + 1 : 1) : folds;
  const share = folds > 1 ? (folds - 1) / folds : 1;
  const passes = config.classifier === 'logistic' ? 120 : visits;
  const threads = Math.max(1, Math.min(8, typeof navigator === 'undefined' ? 1 : navigator.hardwareConcurrency));
  const secondsEstimated =
    (trainRows * entries * share * outputs * fits * passes) / workPerSecond / threads +
    trainRows * entries * 4e-7 +
    0.2;
  const parameters = Math.round(features * outputs * members * 0.3);
  const bytes = Math.round(
    trainRows * entries * 12 +
      outputs * fits * (features * 8 + trainRows * share * 12) +
      // Where each thread opens four problems side by side.
      (config.classifier === 'logistic' ? 0 : threads * (features + trainRows * share) * 32) +
      parameters * 10,
  );
  const advice: string[] = [];
  if (bytes > mostBytes)
    advice.push('This may need more memory than a tab has: lower Most features, or read words instead of characters.');
  if (secondsEstimated > 120)
    advice.push('This will take minutes. The Linear SVM is the faster classifier, and fewer calibration folds help.');
  if (rows > 0 && rows / Math.max(1, labels) < 10)
    advice.push('Fewer than ten rows a label: more rows will help more than any setting.');
  return { parameters, bytes, steps: 14, secondsEstimated, fits: bytes <= mostBytes, advice };
};

const ngrams = (config: IntentConfig): number => config.ngramRange[1]! - config.ngramRange[0]! + 1;
