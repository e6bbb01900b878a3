// "Find the batch size": a few steps at each size from small to the largest that fits, and which one to take.
import { DeviceError, LimitError, RecipeError, UnsupportedError } from '../../src/contract/errors';
import type { BatchSizeCurve, BatchSizePoint, EngineProgress, MemoryNeed } from '../../src/contract/engine';
import type { BackendChoice, Recipe } from '../../src/contract/records';
import { getDataset } from '../../src/storage/datasets';
import { memoryBudget, memoryFactsHere } from './budget';
import { checkSignal } from './jobs';
import { pace, rowsToMeasure, withTrainer, type PlannerHost } from './measure';

const smallest = 4;
const largest = 4096;
/** A size counts as fast when it is this share of the fastest. */
const nearlyFastest = 0.9;
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
  const { stats } = (await getDataset(recipe.dataset)).report;
  const size = {
    rows: stats.labelled,
    labels: Object.keys(stats.classes).length,
    meanLength: stats.textLength?.mean ?? 0,
  };
  const most = Math.min(largest, field.max, size.rows);
  const sizes: number[] = [];
  for (let batch = Math.max(smallest, field.min); batch <= most; batch *= 2) sizes.push(batch);
  if (sizes.length === 0) throw new RecipeError('There are too few labelled rows to try batch sizes on.');
  const data = await rowsToMeasure(host, recipe, sizes.at(-1)!);
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
  return chooseBatchSize(points);
}

const total = ({ parameters, optimizer, activations, data }: MemoryNeed): number =>
  parameters + optimizer + activations + data;

/** The smallest size that is nearly as fast as the fastest: small steps learn more from each row. Pure. */
export function chooseBatchSize(points: BatchSizePoint[]): BatchSizeCurve {
  const fitting = points.filter((point) => point.fits && point.examplesPerSecond !== null);
  const biggest = fitting.at(-1);
  if (!biggest)
    throw new RecipeError(
      'Not even the smallest batch fits here. Lower the settings that the plan names, then search again.',
    );
  const fastest = Math.max(...fitting.map((point) => point.examplesPerSecond ?? 0));
  const chosen = fitting.find((point) => (point.examplesPerSecond ?? 0) >= nearlyFastest * fastest) ?? biggest;
  const refused = points.find((point) => !point.fits);
  const limit = refused
    ? `${biggest.batchSize} is the largest that fits.`
    : `All sizes up to ${biggest.batchSize} fit.`;
  const reason =
    chosen === biggest
      ? `${chosen.batchSize} rows a step are the fastest here. ${limit}`
      : `${chosen.batchSize} rows a step are within a tenth of the fastest, and smaller steps learn more from each row. ${limit}`;
  return { points, largest: biggest.batchSize, suggested: chosen.batchSize, reason };
}
