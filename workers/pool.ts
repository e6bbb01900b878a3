// Threads for linear work: nested workers over shared memory where the page is isolated and has cores to spare, else
// this thread itself, piece by piece. The answer is the same; only the time differs.
import { AbortError, DeviceError } from '../src/contract/errors';
import { trustedScriptUrl } from '../src/lib/trusted-url';
import { breather } from './breathe';
import { resetPieces, takePiece, type LinearJob, type LinearOrder } from './kernels/linear/linear-work';
import workerUrl from './linear.worker.ts?worker&url';

export type PoolMessage = { kind: 'job'; job: LinearJob } | { kind: 'order'; order: LinearOrder };
export type PoolReply = { kind: 'ready' } | { kind: 'done' } | { kind: 'failed'; message: string };

export interface LinearPool {
  /** True where arrays must lie in shared memory. */
  readonly shared: boolean;
  readonly threads: number;
  /** What the next orders are about. */
  load(job: LinearJob): void;
  /** Resolves when every piece is done. Rejects with AbortError within a moment of the signal; work may lie half done. */
  work(order: LinearOrder): Promise<void>;
  dispose(): void;
}

const mostThreads = 8;
const startWithinMs = 5000;

/** Starts helper threads; without them (Node, a page that is not isolated, one core) works in this thread. */
export async function openPool(signal: AbortSignal): Promise<LinearPool> {
  const isolated = typeof crossOriginIsolated !== 'undefined' && crossOriginIsolated;
  const cores = typeof navigator === 'undefined' ? 1 : navigator.hardwareConcurrency;
  if (!isolated || typeof Worker === 'undefined' || cores < 2) return inThread(signal);
  const started = await Promise.all(Array.from({ length: Math.min(cores, mostThreads) }, (_, i) => startThread(i)));
  const threads = started.filter((thread) => thread !== null);
  return threads.length > 0 ? threaded(threads, signal) : inThread(signal);
}

/** Null where the thread does not come up: the others do its share. */
function startThread(index: number): Promise<Worker | null> {
  return new Promise((resolve) => {
    const worker = new Worker(trustedScriptUrl(workerUrl), { type: 'module', name: `linear-${index}` });
    const give = (result: Worker | null): void => {
      clearTimeout(timer);
      worker.onmessage = worker.onerror = null;
      if (!result) worker.terminate();
      resolve(result);
    };
    const timer = setTimeout(() => give(null), startWithinMs);
    worker.onmessage = () => give(worker);
    worker.onerror = () => give(null);
  });
}

function threaded(threads: Worker[], signal: AbortSignal): LinearPool {
  let current: LinearJob | null = null;
  const post = (worker: Worker, message: PoolMessage): void => worker.postMessage(message);
  const dispose = (): void => threads.forEach((worker) => worker.terminate());
  return {
    shared: true,
    threads: threads.length,
    load(job) {
      current = job;
      threads.forEach((worker) => post(worker, { kind: 'job', job }));
    },
    async work(order) {
      if (!current) return;
      if (signal.aborted) throw new AbortError();
      resetPieces(current);
      await new Promise<void>((resolve, reject) => {
        let working = threads.length;
        const abort = (): void => {
          dispose();
          reject(new AbortError());
        };
        const fail = (message: string): void => {
          dispose();
          reject(
            new DeviceError(
              `A training thread stopped: ${message || 'the browser gave no reason'}. Close other tabs if memory is short, and resume the run.`,
            ),
          );
        };
        signal.addEventListener('abort', abort, { once: true });
        for (const worker of threads) {
          worker.onmessage = ({ data }: MessageEvent<PoolReply>) => {
            if (data.kind === 'failed') fail(data.message);
            else if (data.kind === 'done' && --working === 0) {
              signal.removeEventListener('abort', abort);
              resolve();
            }
          };
          worker.onerror = (event) => fail(event.message);
          post(worker, { kind: 'order', order });
        }
      });
    },
    dispose,
  };
}

function inThread(signal: AbortSignal): LinearPool {
  let current: LinearJob | null = null;
  const breath = breather(30);
  return {
    shared: false,
    threads: 1,
    load(job) {
      current = job;
    },
    async work(order) {
      if (!current) return;
      resetPieces(current);
      do {
        await breath();
        if (signal.aborted) throw new AbortError();
      } while (takePiece(current, order));
    },
    dispose: () => (current = null),
  };
}
