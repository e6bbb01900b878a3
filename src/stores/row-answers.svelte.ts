// What the newest model says about the rows in view: asked for a moment after scrolling rests, a few hundred kept.
import { SvelteMap } from 'svelte/reactivity';
import type { StudioApi } from '../contract/studio';

export interface RowAnswer {
  label: string;
  confidence: number;
}
const restMs = 180;
const kept = 2000;

export class RowAnswers {
  readonly #answers = new SvelteMap<string, RowAnswer>();
  readonly #studio: StudioApi;
  #modelId: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(studio: StudioApi) {
    this.#studio = studio;
  }
  of(rowId: string): RowAnswer | undefined {
    return this.#answers.get(rowId);
  }
  /** Asks about those of `rows` not known yet. Another model forgets the answers of the one before. */
  want(modelId: string, rows: readonly { id: string; text: string }[]): void {
    if (modelId !== this.#modelId) this.#answers.clear();
    this.#modelId = modelId;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const open = rows.filter((row) => !this.#answers.has(row.id));
      if (open.length > 0) void this.#ask(modelId, open);
    }, restMs);
  }
  async #ask(modelId: string, rows: readonly { id: string; text: string }[]): Promise<void> {
    const inputs = rows.map((row) => row.text);
    // A column beside the rows: where the model cannot answer, it stays empty and Try says why.
    const answers = await this.#studio.models.predict(modelId, inputs, { topK: 1 }).catch(() => []);
    if (modelId !== this.#modelId) return;
    if (this.#answers.size > kept) this.#answers.clear();
    answers.forEach(({ label, confidence }, at) => {
      const row = rows[at];
      if (row) this.#answers.set(row.id, { label, confidence });
    });
  }
}
