// What computes here, whether it computes right, and what a run would take.
import type { StudioApi } from '../contract/studio';
import { getSettings } from '../storage/settings';
import type { StudioContext } from './context';

export function createEngine(context: StudioContext, runs: Pick<StudioApi['runs'], 'check'>): StudioApi['engine'] {
  return {
    device: async () => context.trainer.device((await getSettings()).backend),
    verify: () => context.trainer.verify(),
    async plan(projectId, input) {
      return context.trainer.plan(await runs.check(projectId, input), projectId);
    },
  };
}
