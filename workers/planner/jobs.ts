// Long questions that can be called off by the id their asker gave them.
import { AbortError, isStudioError } from '../../src/contract/errors';

export class Jobs {
  private readonly running = new Map<string, AbortController>();

  /** Runs `work` with a signal that `cancel(id)` sets off. */
  async run<T>(id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.running.set(id, controller);
    try {
      return await work(controller.signal);
    } finally {
      if (this.running.get(id) === controller) this.running.delete(id);
    }
  }

  cancel(id: string): void {
    this.running.get(id)?.abort();
  }

  /** Ends all of them, with this as what they are told. */
  cancelAll(reason: Error): void {
    for (const controller of this.running.values()) controller.abort(reason);
  }
}

/** Throws what the signal was set off with, or AbortError. */
export function checkSignal(signal: AbortSignal): void {
  if (signal.aborted) throw isStudioError(signal.reason) ? signal.reason : new AbortError();
}
