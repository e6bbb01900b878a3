// What lies ahead of a run: the data as it stands now and what the recipe would take here. Latest question wins.
import type { DatasetStats } from '../../contract/records';
import type { RecipeInput, StudioApi } from '../../contract/studio';
import type { RunPlan } from '../../contract/train';

const waitMs = 200;
/** A plan does not wait for the timing of its steps where that takes long: it is asked for again. */
const againMs = 1500;
const mostTimes = 4;

export class Outlook {
  stats: DatasetStats | null = $state.raw(null);
  plan: RunPlan | null = $state.raw(null);
  error: unknown = $state.raw(null);
  planning = $state(false);
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
      this.planning = false;
      return () => undefined;
    }
    let gone = false;
    let timer: ReturnType<typeof setTimeout>;
    this.planning = true;
    const ask = async (times: number): Promise<void> => {
      try {
        const plan = await this.#studio.engine.plan(this.#projectId, recipe);
        if (gone) return;
        this.plan = plan;
        this.error = null;
        const untimed = plan.fits && plan.probe === null && times < mostTimes;
        if (untimed) timer = setTimeout(() => void ask(times + 1), againMs);
        else this.planning = false;
      } catch (error) {
        if (gone) return;
        this.error = error;
        this.planning = false;
      }
    };
    timer = setTimeout(() => void ask(1), waitMs);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }
}
