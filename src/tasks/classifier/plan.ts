// What a run will take, from its settings and the size of the data, without reading a row.
import type { RunPlan } from '../../contract/train';
import type { ClassifierConfig } from './spec';

/** Measured on two cores with the wasm backend, banking77: a step of 32 short texts, vectors of 64. */
const secondsPerStep = 0.004;
const wordLength = 5.7;

export function planClassifier(
  config: Record<string, unknown>,
  size: { rows: number; labels: number; meanLength: number },
): RunPlan {
  const { split, batchSize, epochs, vectorSize, hiddenSize, maxFeatures, maxLength } = config as ClassifierConfig;
  const rows = Math.round(size.rows * (split.train || 1));
  const words = Math.min(maxLength, size.meanLength / wordLength);
  // Distinct features grow about with the square root of all that are read (Heaps' law, fitted on banking77).
  const features = Math.min(maxFeatures, Math.round(18 * Math.sqrt(rows * words)));
  const hidden = hiddenSize === 0 ? 0 : (vectorSize + 1) * hiddenSize;
  const parameters = features * vectorSize + hidden + ((hiddenSize || vectorSize) + 1) * size.labels;
  const steps = Math.max(1, Math.ceil(rows / batchSize)) * epochs;
  const perStep = secondsPerStep * (batchSize / 32) * (vectorSize / 64) * Math.max(0.3, words / 12);
  // Weights, two moments and a checkpoint on its way to the disk.
  const bytes = parameters * 4 * 4 + rows * words * 10 * 8;
  const fits = bytes < 1.5e9;
  const advice = fits
    ? []
    : [`This needs about ${Math.round(bytes / 1e6)} MB. Lower the most entries in the vocabulary or the vector size.`];
  return { parameters, bytes, steps, secondsEstimated: steps * perStep, fits, advice };
}
