// The learning-rate range test (Smith 2017), smoothed and read as fastai's lr_find does it (Howard and Gugger 2020): steps with
// a rate that rises from tiny to too large, and where the loss falls fastest, well below where it diverges. Nothing is kept.
import { RecipeError, UnsupportedError } from '../../src/contract/errors';
import type { EngineProgress, LearningRatePoint, LearningRateRange } from '../../src/contract/engine';
import type { BackendChoice, Recipe } from '../../src/contract/records';
import { breather } from '../breathe';
import { checkSignal } from './jobs';
import { rowsToMeasure, withTrainer, type PlannerHost } from './measure';
import { rowsPerStep } from './step-rows';

const steps = 100;
const lowestRate = 1e-6;
const highestRate = 1;
/** Weight of the past in the smoothed loss; the mean is corrected for its start. */
const memory = 0.98;
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
  const data = await rowsToMeasure(host, recipe, rowsPerStep(recipe.config));
  return withTrainer(host, recipe, choice, data, signal, async (trainer) => {
    const points: LearningRatePoint[] = [];
    const breath = breather(30);
    let mean = 0;
    let diverged: number | null = null;
    for (let step = 0; step < steps; step++) {
      await breath();
      checkSignal(signal);
      const learningRate = low * (high / low) ** (step / (steps - 1));
      const told = await trainer.step(step, { learningRate });
      // A graphics device answers late; a step that its loss scale skipped has no loss and is no end either.
      const { loss } = { ...(await trainer.told?.())?.at(-1)?.values, ...told };
      if (loss === undefined) continue;
      if (!Number.isFinite(loss)) {
        diverged = learningRate;
        break;
      }
      mean = memory * mean + (1 - memory) * loss;
      const smoothed = mean / (1 - memory ** (points.length + 1));
      points.push({ learningRate, loss, smoothed });
      if (smoothed > blownUp * Math.min(...points.map((point) => point.smoothed))) {
        diverged = learningRate;
        break;
      }
      onProgress({ phase: 'raising the learning rate', fraction: (step + 1) / steps });
    }
    if (points.length < 10)
      throw new RecipeError(
        'The loss is not a number from the first steps on. Look at the rows and the other settings.',
      );
    return readRange(points, diverged);
  });
}

/** As fastai: the first tenth says nothing yet, and the last points are already on the way up. */
const skippedFirst = steps / 10;
const skippedLast = 5;
/** A fall smaller than this share of the loss is noise. */
const leastFall = 0.02;

/**
 * The suggestion from the curve: the rate of the steepest fall of the smoothed loss, but at most a tenth of the rate at which
 * the loss `diverged`, or where it did not, of the rate where it is lowest. Pure.
 */
export function readRange(points: LearningRatePoint[], diverged: number | null = null): LearningRateRange {
  const first = points[Math.min(skippedFirst, points.length - 1)]!;
  const lowest = points.reduce((best, point) => (point.smoothed < best.smoothed ? point : best));
  if (lowest.smoothed > first.smoothed * (1 - leastFall))
    return {
      ...{ points, steepest: null, lowest: null, diverged, suggested: null },
      reason: 'The loss never fell clearly, so the curve suggests nothing. A smaller model or cleaner rows may help.',
    };
  let steepest = first;
  let slope = Infinity;
  for (let i = skippedFirst; i + 1 < points.length - skippedLast; i++) {
    const [here, next] = [points[i]!, points[i + 1]!];
    if (here.learningRate > lowest.learningRate) break;
    const found = (next.smoothed - here.smoothed) / Math.log(next.learningRate / here.learningRate);
    if (found < slope) {
      slope = found;
      steepest = here;
    }
  }
  const most = (diverged ?? lowest.learningRate) / 10;
  const bound = diverged === null ? 'where the loss is lowest' : 'where the loss diverges';
  return {
    ...{ points, steepest: steepest.learningRate, lowest: lowest.learningRate, diverged },
    suggested: Number(Math.min(steepest.learningRate, most).toPrecision(2)),
    reason:
      steepest.learningRate <= most
        ? `Here the smoothed loss falls fastest, and it is below a tenth of ${bound}.`
        : `A tenth of ${bound}: the loss falls fastest closer to that, where training is less steady.`,
  };
}
