// Threads for linear work: nested workers over shared memory where the page is isolated and has cores to spare, else
// this thread itself, piece by piece. The answer is the same; only the time differs.
import { AbortError, DeviceError } from '../src/contract/errors';
import { breather } from './breathe';
import { nativeKernels, plainKernels, type DualKernels } from './kernels/linear/dual-kernels';
import { resetPieces, takePiece, type LinearJob, type LinearOrder } from './kernels/linear/linear-work';
import { keepThreads, wakeThreads } from './pool-threads';

export type PoolMessage =
  { kind: 'wake' } | { kind: 'job'; job: LinearJob | null; thread: number } | { kind: 'order'; order: LinearOrder };
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

/** How many threads a pool will have; 1 = this one. */
function threadCount(): number {
  const isolated = typeof crossOriginIsolated !== 'undefined' && crossOriginIsolated;
  const cores = typeof navigator === 'undefined' ? 1 : navigator.hardwareConcurrency;
  return !isolated || typeof Worker === 'undefined' ? 1 : Math.min(cores, mostThreads);
}

/** Starts helper threads; without them (Node, a page that is not isolated, one core) works in this thread. */
export async function openPool(signal: AbortSignal): Promise<LinearPool> {
  const count = threadCount();
  if (count < 2) return inThread(signal, false);
  const threads = await wakeThreads(count);
  return threads.length > 0 ? threaded(threads, signal) : inThread(signal, true);
}

function threaded(threads: Worker[], signal: AbortSignal): LinearPool {
  let current: LinearJob | null = null;
  /** Threads can be kept for the next run only while they do nothing. */
  let state: 'idle' | 'working' | 'ended' = 'idle';
  const post = (worker: Worker, message: PoolMessage): void => worker.postMessage(message);
  const end = (): void => {
    state = 'ended';
    threads.forEach((worker) => worker.terminate());
  };
  return {
    shared: true,
    threads: threads.length,
    load(job) {
      current = job;
      threads.forEach((worker, thread) => post(worker, { kind: 'job', job, thread }));
    },
    async work(order) {
      if (!current) return;
      if (signal.aborted) throw new AbortError();
      resetPieces(current);
      state = 'working';
      await new Promise<void>((resolve, reject) => {
        let working = threads.length;
        const abort = (): void => {
          end();
          reject(new AbortError());
        };
        const fail = (message: string): void => {
          end();
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
              state = 'idle';
              resolve();
            }
          };
          worker.onerror = (event) => fail(event.message);
          post(worker, { kind: 'order', order });
        }
      });
    },
    dispose() {
      if (state === 'working') return end();
      if (state === 'ended') return;
      state = 'ended';
      threads.forEach((worker, thread) => post(worker, { kind: 'job', job: null, thread }));
      keepThreads(threads);
    },
  };
}

function inThread(signal: AbortSignal, shared: boolean): LinearPool {
  let current: LinearJob | null = null;
  let kernels: DualKernels = plainKernels;
  const breath = breather(30);
  return {
    shared,
    threads: 1,
    load(job) {
      current = job;
      kernels = job.native ? nativeKernels(job.native, 0) : plainKernels;
    },
    async work(order) {
      if (!current) return;
      resetPieces(current);
      do {
        await breath();
        if (signal.aborted) throw new AbortError();
      } while (takePiece(current, kernels, order));
    },
    dispose: () => (current = null),
  };
}
