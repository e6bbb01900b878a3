// One step of a recipe, call by call. A run that trains is profiled in its own sitting (queue.ts); this is for
// recipes and for runs that are over.
import type { StepProfile } from '../../src/contract/engine';
import { UnsupportedError } from '../../src/contract/errors';
import type { BackendChoice, Recipe } from '../../src/contract/records';
import { rowsToMeasure, withTrainer, type PlannerHost } from './measure';
import { rowsPerStep } from './step-rows';

/** Steps before the measured one: the first compile and fill caches. */
const warmUp = 5;

export async function profileRecipe(
  host: PlannerHost,
  recipe: Recipe,
  choice: BackendChoice,
  signal: AbortSignal,
): Promise<StepProfile> {
  const data = await rowsToMeasure(host, recipe, rowsPerStep(recipe.config));
  return withTrainer(host, recipe, choice, data, signal, async (trainer, { backend, adapter }) => {
    for (let step = 0; step < warmUp; step++) await trainer.step(step);
    let found: StepProfile | null = null;
    await trainer.step(warmUp, {
      onProfile: (profile) => (found = { ...profile, backend, adapter, step: warmUp }),
    });
    return found ?? notTimed(recipe.task);
  });
}

export function notTimed(task: string): never {
  throw new UnsupportedError(`A step of "${task}" is not made of kernels that can be timed one by one.`);
}
