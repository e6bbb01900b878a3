// Watches over one worker. Comlink calls to a dead worker never settle, so pending calls are kept here and
// rejected when it dies (it lets go of its lock), throws where nobody catches, or answers no ping for long.
// The next call starts a new worker.
import { DeviceError } from '../contract/errors';

/** The little of a Worker that is used; tests bring their own. */
export interface WatchedWorker {
  terminate(): void;
  postMessage(message: unknown): void;
  addEventListener(type: 'message' | 'error', listener: (event: Event) => void): void;
}

export interface WorkerHandle<Api> {
  worker: WatchedWorker;
  api: Api;
}

/** A worker that answers nothing for so long is taken for hung, unless its client says otherwise. */
const patienceMs = 30_000;
const pingEveryMs = 1000;

interface Living<Api> extends WorkerHandle<Api> {
  pending: Set<(error: Error) => void>;
  asked: { at: number; ticks: number } | null;
  timer: ReturnType<typeof setInterval>;
}

export function superviseWorker<Api>(
  start: () => WorkerHandle<Api>,
  what: string,
  hungAfterMs = patienceMs,
): { call<T>(ask: (api: Api) => Promise<T>): Promise<T>; stop(): void } {
  let living: Living<Api> | null = null;

  function end(dead: Living<Api>, reason: string): void {
    if (living === dead) living = null;
    clearInterval(dead.timer);
    dead.worker.terminate();
    const error = new DeviceError(
      `The ${what} ${reason}. What was saved is kept, and it starts again by itself: try again.`,
    );
    for (const reject of dead.pending) reject(error);
    dead.pending.clear();
  }

  function begin(): Living<Api> {
    const handle = start();
    const made: Living<Api> = {
      ...handle,
      pending: new Set(),
      asked: null,
      timer: setInterval(() => ping(made), pingEveryMs),
    };
    made.worker.addEventListener('message', (event) => {
      const data: unknown = 'data' in event ? event.data : null;
      if (typeof data !== 'object' || data === null) return;
      if ('pong' in data) made.asked = null;
      if ('alive' in data && typeof data.alive === 'string') {
        // Granted only when the worker no longer holds it, and it never lets go alive.
        void navigator.locks.request(data.alive, () => {
          if (living === made || made.pending.size > 0) end(made, 'ended unexpectedly');
        });
      }
    });
    made.worker.addEventListener('error', (event) => {
      const reason = 'message' in event && typeof event.message === 'string' ? event.message : '';
      end(made, `broke off (${reason || 'it could not be loaded'})`);
    });
    return made;
  }

  /** Two ticks overdue, so that a page that slept does not take its own sleep for the worker's. */
  function ping(one: Living<Api>): void {
    if (one.pending.size === 0) return;
    if (one.asked) {
      one.asked.ticks++;
      if (performance.now() - one.asked.at > hungAfterMs && one.asked.ticks > hungAfterMs / pingEveryMs / 2)
        end(one, 'stopped answering');
      return;
    }
    one.asked = { at: performance.now(), ticks: 0 };
    one.worker.postMessage({ ping: true });
  }

  return {
    call<T>(ask: (api: Api) => Promise<T>): Promise<T> {
      living ??= begin();
      const one = living;
      return new Promise<T>((resolve, reject) => {
        one.pending.add(reject);
        ask(one.api)
          .then(resolve, reject)
          .finally(() => one.pending.delete(reject));
      });
    },
    stop() {
      if (living) end(living, 'was stopped');
    },
  };
}
