// How each version stands against the live one: gain with interval and the gate's answer, found out one after another
// in the background and kept for as long as the live version stays.
import type { Model } from '../../contract/records';
import type { ComparedRun, DeployResult, StudioApi } from '../../contract/studio';

export interface Standing {
  difference: ComparedRun['difference'];
  gate: DeployResult | null;
  error: unknown;
}

export class Standings {
  byModel: Readonly<Record<string, Standing>> = $state.raw({});
  readonly #studio: StudioApi;
  #live = '';
  #turn = 0;

  constructor(studio: StudioApi) {
    this.#studio = studio;
  }

  stop(): void {
    this.#turn++;
  }

  /** Finds out what is not known yet, in the order given. */
  async update(models: readonly Model[], live: Model | null): Promise<void> {
    const turn = ++this.#turn;
    if (this.#live !== (live?.id ?? '')) {
      this.#live = live?.id ?? '';
      this.byModel = {};
    }
    for (const model of models) {
      if (model.id === live?.id || this.byModel[model.id]) continue;
      const standing = await this.#standing(model, live);
      if (turn !== this.#turn) return;
      this.byModel = { ...this.byModel, [model.id]: standing };
    }
  }

  async #standing(model: Model, live: Model | null): Promise<Standing> {
    try {
      const gate = await this.#studio.models.gate(model.id);
      return { gate, difference: await this.#difference(model, live), error: null };
    } catch (error) {
      return { gate: null, difference: null, error };
    }
  }
  async #difference(model: Model, live: Model | null): Promise<ComparedRun['difference']> {
    if (!live?.runId || !model.runId) return null;
    const comparison = await this.#studio.runs.compare([live.runId, model.runId]).catch(() => null);
    return comparison?.runs.find((run) => run.runId === model.runId)?.difference ?? null;
  }
}
