// The planner as the training worker offers it: plan, batch sizes, learning rates, profile.
import type { EngineProgress } from '../../src/contract/engine';
import { DeviceError } from '../../src/contract/errors';
import type { BackendChoice, Recipe } from '../../src/contract/records';
import { findBatchSize } from './batch-size';
import { checkSignal, Jobs } from './jobs';
import { learningRateRange } from './learning-rate';
import { checkFree, type PlannerHost } from './measure';
import { RunPlanner } from './plan-run';
import { profileRecipe } from './profile-step';

const aheadOfNeed = 'ahead of need';

type Tell = (progress: EngineProgress) => void;

/** One measurement at a time: two side by side would slow each other. A run that starts ends them all. */
export function createPlanner(host: PlannerHost) {
  const jobs = new Jobs();
  let line: Promise<unknown> = Promise.resolve();
  let probes = 0;
  function inLine<T>(work: () => Promise<T>): Promise<T> {
    const next = line.then(work);
    line = next.catch(() => undefined);
    return next;
  }
  const queued = <T>(jobId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    jobs.run(jobId, (signal) =>
      inLine(() => {
        checkFree(host);
        checkSignal(signal);
        return work(signal);
      }),
    );
  const use = (): void => jobs.cancel(aheadOfNeed);
  function job<T>(jobId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    use();
    return queued(jobId, work);
  }
  const planner = new RunPlanner(host, (work) => job(`probe ${probes++}`, work));
  return {
    job,
    /** May be called off like the others, but measures no time: it neither waits nor minds a run. */
    aside<T>(jobId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
      use();
      return jobs.run(jobId, work);
    },
    /** What nobody has asked for yet. Gives way to every question; its promise then rejects with AbortError. */
    ahead: <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => queued(aheadOfNeed, work),
    /** Something is asked that is no job. */
    use,
    plan: (recipe: Recipe, choice: BackendChoice) => planner.plan(recipe, choice),
    findBatchSize: (jobId: string, recipe: Recipe, choice: BackendChoice, tell: Tell) =>
      job(jobId, (signal) => findBatchSize(host, recipe, choice, signal, tell)),
    learningRateRange: (jobId: string, recipe: Recipe, choice: BackendChoice, tell: Tell) =>
      job(jobId, (signal) => learningRateRange(host, recipe, choice, signal, tell)),
    profile: (recipe: Recipe, choice: BackendChoice) =>
      job('profile', (signal) => profileRecipe(host, recipe, choice, signal)),
    cancel: (jobId: string) => jobs.cancel(jobId),
    /** A run begins: what is being measured would be wrong, and would hold it up. */
    giveWay: () =>
      jobs.cancelAll(new DeviceError('A run began to train, so the measurement was ended. Ask again after it.')),
  };
}
