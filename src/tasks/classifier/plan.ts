// What a run will take, from its settings and the size of the data, without reading a row; and what can be lowered where
// it would not fit.
import type { RunPlan } from '../../contract/train';
import type { Saving } from '../task';
import type { ClassifierConfig } from './spec';

/** Measured on two cores with WebAssembly, banking77: a step of 32 short texts, vectors of 64. Used where no step can be measured. */
const secondsPerStep = 0.0008;
const wordLength = 5.7;
/** Features of a word: itself, its parts and its pair. */
const featuresPerWord = 10;
/** Numbers that each optimizer remembers of each weight. */
const states: Record<ClassifierConfig['optimizer'], number> = {
  adamw: 2,
  adam: 2,
  sgd: 1,
  adagrad: 1,
  rmsprop: 3,
  lion: 1,
};
/** Of the starter: numbers of a piece's vector, pieces of a word, all of its pieces; its rows take 8 bits each. */
const starter = { size: 256, piecesPerWord: 1.2, pieces: 29_528 };
/** Texts that are kept as bags (train.ts). */
const mostKept = 20_000;

export function planClassifier(
  config: Record<string, unknown>,
  size: { rows: number; labels: number; meanLength: number },
): RunPlan {
  const given = config as ClassifierConfig;
  const { split, batchSize, gradientAccumulation, epochs, vectorSize, hiddenSize, maxFeatures, maxLength } = given;
  const rows = Math.max(1, Math.round(size.rows * (split.train || 1)));
  const words = Math.max(1, Math.min(maxLength, size.meanLength / wordLength));
  // Distinct features grow about with the square root of all that are read (Heaps' law, fitted on banking77).
  const features = Math.min(maxFeatures, Math.round(18 * Math.sqrt(rows * words)));
  const base = given.base === 'starter' ? starter : { size: 0, piecesPerWord: 0, pieces: 0 };
  const pieces = Math.min(base.pieces, Math.round(12 * Math.sqrt(rows * words)));
  const textSize = vectorSize + base.size;
  const hidden = hiddenSize === 0 ? 0 : (textSize + 1) * hiddenSize;
  const parameters = features * vectorSize + pieces * base.size + hidden + ((hiddenSize || textSize) + 1) * size.labels;
  const steps = Math.max(1, Math.ceil(rows / (batchSize * gradientAccumulation))) * epochs;
  const entries = Math.min(rows, batchSize) * words * featuresPerWord;
  const pieceEntries = Math.min(rows, batchSize) * words * base.piecesPerWord;
  // Rows of the table have their gradient entry by entry; over several batches the touched rows are summed, each once.
  const summed = gradientAccumulation > 1 ? Math.min(gradientAccumulation * entries, features) : 0;
  const summedPieces = gradientAccumulation > 1 ? Math.min(gradientAccumulation * pieceEntries, pieces) : 0;
  const tableGradient = (entries + summed) * vectorSize + (pieceEntries + summedPieces) * base.size;
  const perRow = 2 * textSize + 2 * hiddenSize + 4 * size.labels;
  const memory = {
    parameters: 4 * parameters,
    optimizer: 4 * parameters * (states[given.optimizer] + (given.emaDecay > 0 ? 1 : 0)),
    activations: 4 * (tableGradient + Math.min(rows, batchSize) * perRow + 6 * entries),
    data: Math.min(rows, mostKept) * words * (featuresPerWord + base.piecesPerWord) * 8 + base.pieces * base.size,
  };
  // One more copy of weights and moments is on its way to the disk at each checkpoint.
  const bytes = Math.round(2 * (memory.parameters + memory.optimizer) + memory.activations + memory.data);
  const perStep =
    secondsPerStep *
    gradientAccumulation *
    (batchSize / 32) *
    ((vectorSize + base.size / 8) / 64) *
    Math.max(0.3, words / 12);
  const evaluations = Math.floor(steps / Math.min(given.evalSteps, Math.ceil(steps / 4)));
  const secondsEstimated = steps * perStep;
  return { parameters, bytes, steps, secondsEstimated, fits: true, advice: [], memory, evaluations };
}

const halve = (field: keyof ClassifierConfig & string, least: number, why: string): Saving => ({
  field,
  why,
  lower(config) {
    const now = config[field];
    return typeof now === 'number' && now / 2 >= least ? { ...config, [field]: Math.round(now / 2) } : null;
  },
});

/** Mildest first: accumulation keeps the size of a step, the rest makes a smaller model. */
export const savings: readonly Saving[] = [
  {
    field: 'batchSize',
    why: 'Batches are added up instead (gradient accumulation), so a step stays as large; it takes longer.',
    lower(config) {
      const { batchSize, gradientAccumulation } = config as ClassifierConfig;
      if (batchSize < 2 || gradientAccumulation > 32) return null;
      return { ...config, batchSize: Math.round(batchSize / 2), gradientAccumulation: gradientAccumulation * 2 };
    },
  },
  halve('maxFeatures', 1000, 'Rare words and parts of words are left out.'),
  halve('vectorSize', 8, 'Words are told apart less finely.'),
  halve('hiddenSize', 8, 'The layer between text and labels is narrower.'),
];
