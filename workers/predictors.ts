// Models that were asked lately, kept loaded. A few only: weights are large.
import type { BackendChoice, Model } from '../src/contract/records';
import { getModel } from '../src/storage/models';
import { getWeights } from '../src/storage/weights';
import type { Predictor } from '../src/tasks/task';
import type { Device } from './backends/device';
import type { Backends } from './backends/start';
import type { TaskTable } from './task-table';

const keptLoaded = 4;

interface Loaded {
  model: Model;
  predictor: Predictor;
  /** Whether it can still answer: a device that is gone takes its arrays along. */
  alive(): boolean;
}

export class Predictors {
  private readonly loaded = new Map<string, Promise<Loaded>>();
  /** The choice of the last run or question, so that answers come from the same backend. */
  choice: BackendChoice = 'auto';

  constructor(
    private readonly tasks: TaskTable,
    private readonly backends: Backends,
  ) {}

  async get(modelId: string): Promise<{ model: Model; predictor: Predictor }> {
    const known = this.loaded.get(modelId);
    if (
      known &&
      !(await known.then(
        (found) => found.alive(),
        () => false,
      ))
    )
      this.forget(modelId);
    const kept = this.loaded.get(modelId);
    this.loaded.delete(modelId);
    const asked =
      kept ??
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

  private async load(modelId: string): Promise<Loaded> {
    const model = await getModel(modelId);
    const { training } = this.tasks.get(model.task);
    const weights = await getWeights(model.weightsId);
    const make = async (device: Device | null): Promise<Loaded> => {
      const backend = device?.backend ?? 'cpu';
      const { labels, multiLabel } = model;
      const predictor = await training.load(weights, { labels, multiLabel, backend, device });
      return { model, predictor, alive: () => device === null || this.backends.answers(device) };
    };
    if (!training.usesBackend) return make(null);
    return this.backends.startTrusted(this.choice, ({ device }) => make(device));
  }
}
