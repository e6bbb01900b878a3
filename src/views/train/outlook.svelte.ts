// What lies ahead of a run: the data as it stands now and what the recipe would take here. Latest question wins.
import type { DatasetStats } from '../../contract/records';
import type { RecipeInput, StudioApi } from '../../contract/studio';
import type { RunPlan } from '../../contract/train';

const waitMs = 200;

export class Outlook {
  stats: DatasetStats | null = $state.raw(null);
  plan: RunPlan | null = $state.raw(null);
  error: unknown = $state.raw(null);
  readonly #studio: StudioApi;
  readonly #projectId: string;

  constructor(studio: StudioApi, projectId: string) {
    this.#studio = studio;
    this.#projectId = projectId;
  }

  /** With the labels in force; `labelChanges` only says that they are to be read again. Returns the way to call off. */
  readStats(datasetId: string | null, _labelChanges: number): () => void {
    let gone = false;
    if (datasetId)
      this.#studio.datasets.stats(datasetId).then(
        (stats) => {
          if (!gone) this.stats = stats;
        },
        (error: unknown) => {
          if (!gone) this.error = error;
        },
      );
    return () => (gone = true);
  }

  /** Null where the recipe cannot run: then there is no plan. Asked when typing has rested for a moment. */
  readPlan(recipe: RecipeInput | null): () => void {
    if (!recipe) {
      this.plan = null;
      return () => undefined;
    }
    let gone = false;
    const timer = setTimeout(() => {
      this.#studio.engine.plan(this.#projectId, recipe).then(
        (plan) => {
          if (gone) return;
          this.plan = plan;
          this.error = null;
        },
        (error: unknown) => {
          if (!gone) this.error = error;
        },
      );
    }, waitMs);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }
}
