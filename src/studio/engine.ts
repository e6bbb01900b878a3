// What computes here, whether it computes right, and what a run would take: plan, batch sizes, learning rates, profile.
import type { StudioApi } from '../contract/studio';
import { getSettings } from '../storage/settings';
import { asJob } from './as-job';
import type { StudioContext } from './context';

export function createEngine(context: StudioContext, runs: Pick<StudioApi['runs'], 'check'>): StudioApi['engine'] {
  const { trainer } = context;
  const chosen = async () => (await getSettings()).backend;

  const silent = (): void => undefined;

  return {
    device: async () => trainer.device(await chosen()),
    verify: (onProgress = silent, signal) => asJob(trainer, signal, (jobId) => trainer.verify(jobId, onProgress)),
    async plan(projectId, input) {
      return trainer.plan(await runs.check(projectId, input), projectId, await chosen());
    },
    tune: (onProgress = silent, signal) => asJob(trainer, signal, (jobId) => trainer.tune(jobId, onProgress)),
    async findBatchSize(projectId, input, onProgress = silent, signal) {
      const recipe = await runs.check(projectId, input);
      const choice = await chosen();
      return asJob(trainer, signal, (jobId) => trainer.findBatchSize(jobId, recipe, projectId, choice, onProgress));
    },
    async learningRateRange(projectId, input, onProgress = silent, signal) {
      const recipe = await runs.check(projectId, input);
      const choice = await chosen();
      return asJob(trainer, signal, (jobId) => trainer.learningRateRange(jobId, recipe, projectId, choice, onProgress));
    },
    async profile(target) {
      const choice = await chosen();
      if ('runId' in target) return trainer.profile(target, choice);
      const { projectId } = target;
      return trainer.profile({ projectId, recipe: await runs.check(projectId, target.recipe) }, choice);
    },
  };
}
