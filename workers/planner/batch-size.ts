// "Find the batch size": a few steps at each size from small to the largest that fits, and which one to take: as small as
// speed allows, and never so large that an epoch has but a few steps.
import { DeviceError, LimitError, RecipeError, UnsupportedError } from '../../src/contract/errors';
import type { BatchSizeCurve, BatchSizePoint, EngineProgress, MemoryNeed } from '../../src/contract/engine';
import type { BackendChoice, Recipe } from '../../src/contract/records';
import { memoryBudget, memoryFactsHere } from './budget';
import { planSize } from './plan-size';
import { checkSignal } from './jobs';
import { pace, rowsToMeasure, withTrainer, type PlannerHost } from './measure';
import { accumulationOf, trainShare } from './step-rows';

const smallest = 4;
const largest = 4096;
/** A size counts as fast when it is this share of the fastest. */
const nearlyFastest = 0.9;
/** Steps an epoch should have at least: with fewer, weights hardly move between two looks at the same rows. */
const fewestSteps = 20;
const millisecondsEach = 350;

/** Powers of two up to the training rows there are. RecipeError where the task has no batch size. */
export async function findBatchSize(
  host: PlannerHost,
  recipe: Recipe,
  choice: BackendChoice,
  signal: AbortSignal,
  onProgress: (progress: EngineProgress) => void,
): Promise<BatchSizeCurve> {
  const { spec, training } = host.tasks.get(recipe.task);
  const field = spec.fields['batchSize'];
  if (field?.kind !== 'number')
    throw new UnsupportedError(`${spec.title} has no batch size: it looks at all rows in each step.`);
  const fact = await host.backends.choose(choice);
  const budget = memoryBudget(fact.backend, memoryFactsHere(fact.limits?.['maxBufferSize']));
  const size = await planSize(recipe);
  const most = Math.min(largest, field.max, size.rows);
  const sizes: number[] = [];
  for (let batch = Math.max(smallest, field.min); batch <= most; batch *= 2) sizes.push(batch);
  if (sizes.length === 0) throw new RecipeError('There are too few labelled rows to try batch sizes on.');
  const data = await rowsToMeasure(host, recipe, sizes.at(-1)! * accumulationOf(recipe.config));
  const points: BatchSizePoint[] = [];
  for (const [i, batchSize] of sizes.entries()) {
    checkSignal(signal);
    onProgress({ phase: `trying ${batchSize} rows a step`, fraction: i / sizes.length });
    const config = { ...recipe.config, batchSize };
    const planned = training.plan(config, size).bytes;
    if (planned > budget) {
      points.push({ batchSize, examplesPerSecond: null, bytes: planned, fits: false });
      break;
    }
    const tried = { ...recipe, config };
    const measured = withTrainer(host, tried, choice, data, signal, async (trainer): Promise<BatchSizePoint> => {
      const { secondsPerStep } = await pace(trainer, millisecondsEach, signal, 1);
      const held = trainer.memory?.();
      const bytes = Math.max(planned, held ? total(held) : 0);
      return { batchSize, examplesPerSecond: trainer.examplesPerStep / secondsPerStep, bytes, fits: bytes <= budget };
    });
    points.push(
      await measured.catch((error: unknown) => {
        checkSignal(signal);
        // No memory left, or an array too large for the adapter: that is what was asked. The smallest size must run.
        const refused = error instanceof DeviceError || error instanceof LimitError;
        if (!refused || i === 0) throw error;
        return { batchSize, examplesPerSecond: null, bytes: planned, fits: false };
      }),
    );
    if (!points.at(-1)!.fits) break;
  }
  onProgress({ phase: 'done', fraction: 1 });
  const trained = Math.round(size.rows * trainShare(recipe.config));
  return chooseBatchSize(points, Math.floor(trained / (fewestSteps * accumulationOf(recipe.config))));
}

const total = ({ parameters, optimizer, activations, data }: MemoryNeed): number =>
  parameters + optimizer + activations + data;

/**
 * The smallest size within a tenth of the fastest, for small steps learn more from each row; not above `most`, the rows of
 * which an epoch has enough steps, unless even the smallest size is. Pure.
 */
export function chooseBatchSize(points: BatchSizePoint[], most: number): BatchSizeCurve {
  const fitting = points.filter((point) => point.fits && point.examplesPerSecond !== null);
  const biggest = fitting.at(-1);
  if (!biggest)
    throw new RecipeError(
      'Not even the smallest batch fits here. Lower the settings that the plan names, then search again.',
    );
  const fastest = Math.max(...fitting.map((point) => point.examplesPerSecond ?? 0));
  const levels = fitting.find((point) => (point.examplesPerSecond ?? 0) >= nearlyFastest * fastest) ?? biggest;
  const allowed = fitting.filter((point) => point.batchSize <= most).at(-1) ?? fitting[0]!;
  const chosen = levels.batchSize <= allowed.batchSize ? levels : allowed;
  const refused = points.find((point) => !point.fits);
  const limit = refused
    ? `${biggest.batchSize} is the largest that fits.`
    : `All sizes up to ${biggest.batchSize} fit.`;
  return { points, largest: biggest.batchSize, suggested: chosen.batchSize, reason: `${why()} ${limit}` };

  function why(): string {
    const { batchSize } = chosen;
    if (batchSize > most)
      return `There are so few rows that even ${batchSize} rows a step leave fewer than ${fewestSteps} steps an epoch; it is the smallest size tried.`;
    if (chosen !== levels)
      return `${batchSize} rows a step are the most that leave at least ${fewestSteps} steps an epoch. ${levels.batchSize} would be faster here, but with so few steps the model learns worse.`;
    if (chosen === biggest) return `${batchSize} rows a step are the fastest here.`;
    return `From ${batchSize} rows a step on the speed levels off (within a tenth of the fastest), and smaller steps learn more from each row.`;
  }
}
