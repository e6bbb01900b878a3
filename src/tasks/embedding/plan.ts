// What a run will take, from its settings and the size of the data, without reading a row; and what can be lowered where it
// would not fit.
import { starterId, type Base } from '../../contract/bases';
import type { RunPlan } from '../../contract/train';
import type { PlanSize, Saving } from '../task';
import type { EmbeddingConfig } from './spec';

interface NetSize {
  parameters: number;
  hidden: number;
  layers: number;
  secondsPerText: number;
}

/** Sizes that a plan is made for where the base is not opened: the starter, and a small transformer (MiniLM). */
const sizes: Record<'static' | 'transformer', NetSize> = {
  static: { parameters: 7_800_000, hidden: 256, layers: 0, secondsPerText: 4e-5 },
  transformer: { parameters: 22_700_000, hidden: 384, layers: 6, secondsPerText: 0.02 },
};
const charactersPerToken = 4.5;

export function planEmbedding(config: Record<string, unknown>, size: PlanSize): RunPlan {
  const given = config as EmbeddingConfig;
  const kind = sizeOf(given, size.base);
  const rows = Math.max(1, Math.round(size.rows * (given.split.train || 1)));
  const tokens = Math.max(1, Math.min(given.maxLength, size.meanLength / charactersPerToken + 2));
  const perStep = given.batchSize * given.gradientAccumulation;
  const steps = Math.max(1, Math.ceil(rows / perStep)) * given.epochs;
  const trained = given.lora ? 4 * given.lora.rank * kind.hidden * kind.layers : kind.parameters;
  // Of each token and layer: about thirty numbers of the hidden size are kept for the way back.
  const activations = 4 * 2 * given.batchSize * tokens * kind.hidden * (1 + (given.recompute ? 6 : 30) * kind.layers);
  const memory = {
    parameters: 4 * kind.parameters,
    optimizer: 8 * trained,
    activations,
    data: rows * 2 * tokens * 4,
  };
  const bytes = Math.round(memory.parameters + 3 * 4 * trained + memory.optimizer + activations + memory.data);
  const texts = 2 * perStep * steps;
  return {
    ...{ parameters: kind.parameters, bytes, steps, fits: true, advice: [], memory },
    secondsEstimated: texts * kind.secondsPerText * Math.max(0.3, tokens / 16),
    evaluations: Math.floor(steps / Math.max(1, Math.min(given.evalSteps, Math.ceil(steps / 4)))),
  };
}

function sizeOf({ base }: EmbeddingConfig, known: Base | undefined): NetSize {
  const usual = base === starterId || known?.kind === 'static' ? sizes.static : sizes.transformer;
  if (!known) return usual;
  const { parameters, shape } = known;
  // Time grows about with the numbers that a token passes.
  const secondsPerText = usual.secondsPerText * (shape.layers > 0 ? parameters / sizes.transformer.parameters : 1);
  return { parameters, hidden: shape.hidden, layers: shape.layers, secondsPerText };
}

/** Mildest first: parts keep the size of a step and all its negatives. */
export const savings: readonly Saving[] = [
  {
    field: 'batchSize',
    why: 'The step is computed in parts with cached gradients, so all its texts still see each other; it takes longer.',
    lower(config) {
      const { batchSize, gradientAccumulation } = config as EmbeddingConfig;
      if (batchSize < 4 || gradientAccumulation > 32) return null;
      return { ...config, batchSize: Math.round(batchSize / 2), gradientAccumulation: gradientAccumulation * 2 };
    },
  },
  {
    field: 'recompute',
    why: 'Inner values are computed twice instead of kept.',
    lower: (config) =>
      config['base'] === starterId || config['recompute'] === true ? null : { ...config, recompute: true },
  },
  {
    field: 'maxLength',
    why: 'The ends of long texts are not read.',
    lower(config) {
      const { maxLength } = config as EmbeddingConfig;
      return maxLength >= 32 ? { ...config, maxLength: Math.round(maxLength / 2) } : null;
    },
  },
];
