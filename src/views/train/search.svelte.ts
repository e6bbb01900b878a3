// A measurement that a dialog waits for: how far it is, what it found, how it is called off. One at a time.
import type { EngineProgress } from '../../contract/engine';

export class Search<T> {
  progress: EngineProgress | null = $state.raw(null);
  found: T | null = $state.raw(null);
  error: unknown = $state.raw(null);
  /** Called off by hand, and nothing asked since. */
  stopped = $state(false);
  #stop: AbortController | null = null;
  readonly #ask: (onProgress: (progress: EngineProgress) => void, signal: AbortSignal) => Promise<T>;

  constructor(ask: (onProgress: (progress: EngineProgress) => void, signal: AbortSignal) => Promise<T>) {
    this.#ask = ask;
  }
  get running(): boolean {
    return this.progress !== null;
  }
  async start(): Promise<void> {
    if (this.#stop) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.found = null;
    this.error = null;
    this.stopped = false;
    this.progress = { phase: 'Getting ready', fraction: null };
    try {
      this.found = await this.#ask((progress) => {
        // A message may arrive after the answer it belongs to.
        if (!stop.signal.aborted && this.#stop === stop) this.progress = progress;
      }, stop.signal);
    } catch (error) {
      if (stop.signal.aborted) this.stopped = true;
      else this.error = error;
    } finally {
      this.progress = null;
      this.#stop = null;
    }
  }
  cancel(): void {
    this.#stop?.abort();
  }
}
