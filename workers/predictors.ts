// Models that were asked lately, kept loaded. A few only: weights are large.
import type { BackendChoice, Model } from '../src/contract/records';
import { getModel } from '../src/storage/models';
import { getWeights } from '../src/storage/weights';
import type { Predictor } from '../src/tasks/task';
import type { Backends } from './backends/start';
import type { TaskTable } from './task-table';

const keptLoaded = 4;

export class Predictors {
  private readonly loaded = new Map<string, Promise<{ model: Model; predictor: Predictor }>>();
  /** The choice of the last run or question, so that answers come from the same backend. */
  choice: BackendChoice = 'auto';

  constructor(
    private readonly tasks: TaskTable,
    private readonly backends: Backends,
  ) {}

  get(modelId: string): Promise<{ model: Model; predictor: Predictor }> {
    const known = this.loaded.get(modelId);
    this.loaded.delete(modelId);
    const asked =
      known ??
      this.load(modelId).catch((error: unknown) => {
        this.loaded.delete(modelId);
        throw error;
      });
    this.loaded.set(modelId, asked);
    for (const id of this.loaded.keys()) {
      if (this.loaded.size <= keptLoaded) break;
      this.forget(id);
    }
    return asked;
  }

  forget(modelId: string): void {
    const known = this.loaded.get(modelId);
    this.loaded.delete(modelId);
    known?.then(({ predictor }) => predictor.dispose()).catch(() => undefined);
  }

  private async load(modelId: string): Promise<{ model: Model; predictor: Predictor }> {
    const model = await getModel(modelId);
    const { training } = this.tasks.get(model.task);
    const backend = training.usesBackend ? (await this.backends.start(this.choice)).backend : 'cpu';
    const weights = await getWeights(model.weightsId);
    const predictor = await training.load(weights, { labels: model.labels, multiLabel: model.multiLabel, backend });
    return { model, predictor };
  }
}
