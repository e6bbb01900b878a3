// What is being tried: one text, one or more versions, their latest answers. Latest text wins; older answers are dropped.
import type { Prediction } from '../../contract/train';
import type { StudioApi } from '../../contract/studio';

export interface Answer {
  /** The text it answers, so that a stale one can be told. */
  text: string;
  prediction: Prediction | null;
  ms: number;
  error: unknown;
}

const debounceMs = 30;

export class TryStore {
  text: string = $state('');
  answers: Readonly<Record<string, Answer>> = $state.raw({});
  readonly #studio: StudioApi;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;
  #busy = false;
  #waiting: { text: string; models: string[] } | null = null;

  constructor(studio: StudioApi) {
    this.#studio = studio;
  }

  /** Asks every model, at the latest 30 ms after the last call; never two rounds at once, so typing does not queue up. */
  ask(text: string, models: string[]): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#round(text, models), debounceMs);
  }
  stop(): void {
    clearTimeout(this.#timer);
    this.#turn++;
    this.#waiting = null;
  }

  async #round(text: string, models: string[]): Promise<void> {
    if (this.#busy) {
      this.#waiting = { text, models };
      return;
    }
    const turn = ++this.#turn;
    if (!text.trim()) {
      this.answers = {};
      return;
    }
    this.#busy = true;
    for (const id of models) {
      const started = performance.now();
      let answer: Answer;
      try {
        const [prediction] = await this.#studio.models.predict(id, [text], { topK: 30, evidence: true });
        answer = { text, prediction: prediction ?? null, ms: performance.now() - started, error: null };
      } catch (error) {
        answer = { text, prediction: null, ms: performance.now() - started, error };
      }
      if (turn !== this.#turn) break;
      this.answers = { ...this.answers, [id]: answer };
    }
    this.#busy = false;
    const next = this.#waiting;
    this.#waiting = null;
    if (next) await this.#round(next.text, next.models);
  }
}
