// The planner as the training worker offers it: plan, batch sizes, learning rates, profile.
import type { EngineProgress } from '../../src/contract/engine';
import type { BackendChoice, Recipe } from '../../src/contract/records';
import { findBatchSize } from './batch-size';
import { Jobs } from './jobs';
import { learningRateRange } from './learning-rate';
import { checkFree, type PlannerHost } from './measure';
import { RunPlanner } from './plan-run';
import { profileRecipe } from './profile-step';

type Tell = (progress: EngineProgress) => void;

/** One measurement at a time: two side by side would slow each other. */
export function createPlanner(host: PlannerHost) {
  const jobs = new Jobs();
  const planner = new RunPlanner(host);
  let line: Promise<unknown> = Promise.resolve();
  function inLine<T>(work: () => Promise<T>): Promise<T> {
    const next = line.then(work);
    line = next.catch(() => undefined);
    return next;
  }
  return {
    plan: (recipe: Recipe, choice: BackendChoice) => inLine(() => planner.plan(recipe, choice)),
    findBatchSize: (jobId: string, recipe: Recipe, choice: BackendChoice, tell: Tell) =>
      jobs.run(jobId, (signal) => inLine(() => (checkFree(host), findBatchSize(host, recipe, choice, signal, tell)))),
    learningRateRange: (jobId: string, recipe: Recipe, choice: BackendChoice, tell: Tell) =>
      jobs.run(jobId, (signal) =>
        inLine(() => (checkFree(host), learningRateRange(host, recipe, choice, signal, tell))),
      ),
    profile: (recipe: Recipe, choice: BackendChoice) => inLine(() => profileRecipe(host, recipe, choice)),
    /** For other long questions that wait in the same line. */
    job: <T>(jobId: string, work: (signal: AbortSignal) => Promise<T>) =>
      jobs.run(jobId, (signal) => inLine(() => (checkFree(host), work(signal)))),
    cancel: (jobId: string) => jobs.cancel(jobId),
  };
}
