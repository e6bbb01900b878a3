// What a run on a transformer will take, from its settings, the base and the size of the data, without reading a row; and what
// can be lowered where it would not fit.
import type { Base } from '../../../contract/bases';
import type { RunPlan } from '../../../contract/train';
import type { Saving } from '../../task';
import type { ClassifierConfig } from '../spec';
import { headOf } from './settings';

/** Multiplications and additions a second, training and reading: measured with MiniLM on two cores with WebAssembly. */
const operationsPerSecond = 40e9;
/** Letters of a token in English text, its blank included. */
const tokenLength = 4.6;
/** Iterations in which a fitted head usually stands, and operations of one a row, label and number. */
const fitting = { iterations: 40, operations: 6 };

export function planEncoder(
  config: Record<string, unknown>,
  size: { rows: number; labels: number; meanLength: number },
  { parameters: ofFile, shape: { hidden, layers, vocabulary, encoderParameters } }: Base,
): RunPlan {
  const given = config as ClassifierConfig;
  const { split, batchSize, gradientAccumulation, epochs, freeze, freezeLayers, lora, maxLength, recompute } = given;
  const rows = Math.max(1, Math.round(size.rows * (split.train || 1)));
  const tokens = Math.max(3, Math.min(maxLength, size.meanLength / tokenLength + 2));
  const fitted = headOf(given) === 'fitted';
  // The run's head takes the place of what the file has above its encoder: a pooler, a head of other labels.
  const ofBase = encoderParameters ?? ofFile;
  const head = (fitted ? 0 : (hidden + 1) * hidden) + (hidden + 1) * size.labels;
  const ofTable = vocabulary * hidden;
  const ofLayer = Math.max(0, ofBase - ofTable) / Math.max(1, layers);
  const frozen = freeze === 'encoder';
  const thin = lora ? layers * lora.targets.length * 2 * hidden * lora.rank : 0;
  const trainedLayers = frozen || lora ? 0 : layers - Math.min(layers, freezeLayers);
  const trainedTable = freeze === 'none' && freezeLayers === 0 && !lora ? ofTable : 0;
  const trained = thin + trainedLayers * ofLayer + trainedTable + (frozen ? 0 : head);
  const fewShot = given.fewShot > 0 && !frozen;
  const pairs = Math.min(rows, given.fewShot * size.labels) * given.pairsPerExample;
  const steps =
    frozen && fitted
      ? 20
      : (fewShot ? Math.ceil(pairs / batchSize) : Math.ceil(rows / (batchSize * gradientAccumulation))) * epochs;
  const rowsAtOnce = Math.min(rows, batchSize) * (fewShot ? 2 : 1);
  // Numbers of a token that the way back needs: of a block, and at its ends.
  const block = 18 * hidden;
  const blocks = frozen ? 2 * block : recompute ? layers * hidden + 2 * block : (layers + 1) * block;
  const memory = {
    parameters: 4 * (ofBase + head),
    optimizer: frozen ? 0 : 4 * trained * (2 + (given.emaDecay > 0 ? 1 : 0)),
    activations: 4 * (rowsAtOnce * tokens * blocks + trained),
    data: rows * (4 * tokens + (fitted ? 8 * hidden : 0)),
  };
  // One more copy of what is trained is on its way to the disk at each checkpoint.
  const bytes = Math.round(
    memory.parameters + memory.optimizer + memory.activations + memory.data + 4 * trained * (frozen ? 0 : 3),
  );
  const reading = (2 * ofLayer * layers * tokens) / operationsPerSecond;
  const fit = fitted
    ? (fitting.iterations * fitting.operations * rows * hidden * size.labels) / operationsPerSecond
    : 0;
  const backwards = lora || freezeLayers > 0 ? 1.6 : 2;
  const perRow = reading * (1 + backwards + (recompute ? 1 : 0));
  const judged = Math.max(0, size.rows - rows) * reading;
  const secondsEstimated =
    frozen && fitted
      ? size.rows * reading + fit + judged
      : fewShot
        ? 2 * pairs * epochs * perRow + rows * reading + fit + judged
        : rows * epochs * (frozen ? reading : perRow) + judged;
  return {
    ...{ parameters: Math.round(ofBase + head), trainedParameters: Math.round(frozen ? head : trained) },
    ...{ bytes, steps, secondsEstimated, fits: true, memory },
    advice: fewShot ? [fewShotAdvice] : [],
    evaluations: frozen || fewShot ? 1 : Math.floor(steps / Math.min(given.evalSteps, Math.ceil(steps / 4))),
    // Reading the texts is what takes the time, not the steps: none is tried out.
    ...(fitted ? { stepsTellTime: false } : {}),
  };
}

/** Recorded with MiniLM and ten rows of each of 77 classes: .8432 with pairs, .8386 without. */
const fewShotAdvice =
  'Pairs gain little over a fitted head on frozen vectors where the base tells such texts apart already, and take many times longer. Try the frozen one first.';

const batches: Saving = {
  field: 'batchSize',
  why: 'Batches are added up instead (gradient accumulation), so a step stays as large; it takes longer.',
  lower(config) {
    const { batchSize, gradientAccumulation, fewShot } = config as ClassifierConfig;
    if (batchSize < 2 || gradientAccumulation > 32 || fewShot > 0) return null;
    return { ...config, batchSize: Math.round(batchSize / 2), gradientAccumulation: gradientAccumulation * 2 };
  },
};

/** Mildest first. */
export const encoderSavings: readonly Saving[] = [
  {
    field: 'recompute',
    why: 'Inner values of layers are computed again on the way back: the same numbers, a third more time.',
    lower: (config) => (config['recompute'] === false ? { ...config, recompute: true } : null),
  },
  batches,
  {
    field: 'maxLength',
    why: 'Only the beginning of long texts is read.',
    lower(config) {
      const { maxLength } = config as ClassifierConfig;
      return maxLength >= 32 ? { ...config, maxLength: Math.round(maxLength / 2) } : null;
    },
  },
  {
    field: 'freeze',
    why: 'The table of words stays as it is, and then the whole encoder: less is learned, and much less is held.',
    lower(config) {
      if (config['freeze'] === 'none') return { ...config, freeze: 'embeddings' };
      if (config['freeze'] !== 'embeddings') return null;
      return { ...config, freeze: 'encoder', freezeLayers: 0, lora: null, fewShot: 0, head: 'auto' };
    },
  },
];
