// The learning-rate range test (Smith 2017): steps with a rate that rises from tiny to too large, and where the
// loss falls fastest. Nothing is kept.
import { RecipeError, UnsupportedError } from '../../src/contract/errors';
import type { EngineProgress, LearningRatePoint, LearningRateRange } from '../../src/contract/engine';
import type { BackendChoice, Recipe } from '../../src/contract/records';
import { breather } from '../breathe';
import { checkSignal } from './jobs';
import { rowsToMeasure, withTrainer, type PlannerHost } from './measure';

const steps = 100;
const lowestRate = 1e-6;
const highestRate = 1;
/** Weight of the past in the smoothed loss. */
const memory = 0.9;
/** Ends where the smoothed loss is so many times the best. */
const blownUp = 4;

export async function learningRateRange(
  host: PlannerHost,
  recipe: Recipe,
  choice: BackendChoice,
  signal: AbortSignal,
  onProgress: (progress: EngineProgress) => void,
): Promise<LearningRateRange> {
  const { spec } = host.tasks.get(recipe.task);
  const field = spec.fields['learningRate'];
  if (field?.kind !== 'number') throw new UnsupportedError(`${spec.title} has no learning rate.`);
  const low = Math.max(lowestRate, field.min);
  const high = Math.min(highestRate, field.max);
  const batch = recipe.config['batchSize'];
  const data = await rowsToMeasure(host, recipe, typeof batch === 'number' ? batch : 0);
  return withTrainer(host, recipe, choice, data, signal, async (trainer) => {
    const points: LearningRatePoint[] = [];
    const breath = breather(30);
    let mean = 0;
    for (let step = 0; step < steps; step++) {
      await breath();
      checkSignal(signal);
      const learningRate = low * (high / low) ** (step / (steps - 1));
      const told = await trainer.step(step, { learningRate });
      // A graphics device answers late; a step that its loss scale skipped has no loss and is no end either.
      const { loss } = { ...(await trainer.told?.())?.at(-1)?.values, ...told };
      if (loss === undefined) continue;
      if (!Number.isFinite(loss)) break;
      mean = memory * mean + (1 - memory) * loss;
      const smoothed = mean / (1 - memory ** (step + 1));
      points.push({ learningRate, loss, smoothed });
      if (smoothed > blownUp * Math.min(...points.map((point) => point.smoothed))) break;
      onProgress({ phase: 'raising the learning rate', fraction: (step + 1) / steps });
    }
    if (points.length < 10)
      throw new RecipeError(
        'The loss is not a number from the first steps on. Look at the rows and the other settings.',
      );
    return readRange(points);
  });
}

/** Steps over which a slope is taken, to each side. */
const reach = 3;
/** The smoothed loss lags behind: the first points say nothing. */
const lag = 10;
/** A fall smaller than this share of the loss is noise. */
const leastFall = 0.02;

/** The suggestion from the curve. Pure. */
export function readRange(points: LearningRatePoint[]): LearningRateRange {
  const first = points[Math.min(lag, points.length - 1)]!.smoothed;
  const lowest = points.reduce((best, point) => (point.smoothed < best.smoothed ? point : best));
  if (lowest.smoothed > first * (1 - leastFall))
    return {
      points,
      steepest: null,
      lowest: null,
      suggested: null,
      reason: 'The loss never fell clearly, so the curve suggests nothing. A smaller model or cleaner rows may help.',
    };
  let steepest = points[0]!;
  let slope = Infinity;
  for (let i = lag; i + reach < points.length; i++) {
    const [before, after] = [points[i - reach]!, points[i + reach]!];
    if (points[i]!.learningRate > lowest.learningRate) break;
    const found = (after.smoothed - before.smoothed) / Math.log(after.learningRate / before.learningRate);
    if (found < slope) {
      slope = found;
      steepest = points[i]!;
    }
  }
  const suggested = Math.min(steepest.learningRate, lowest.learningRate / 10);
  return {
    points,
    steepest: steepest.learningRate,
    lowest: lowest.learningRate,
    suggested: Number(suggested.toPrecision(2)),
    reason: 'The lower of two marks: where the loss falls fastest, and a tenth of where it is lowest.',
  };
}
