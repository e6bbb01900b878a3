// The threads of pool.ts as things to start, keep and end: a run that follows another finds them warm.
import { trustedScriptUrl } from '../src/lib/trusted-url';
import workerUrl from './linear.worker.ts?worker&url';
import type { PoolMessage } from './pool';

const startWithinMs = 5000;
/** Threads without work are given back after this long. */
const keepMs = 60_000;

let kept: Worker[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** Up to `count` threads that answer: those kept from the run before, and new ones. */
export async function wakeThreads(count: number): Promise<Worker[]> {
  clearTimeout(timer);
  const warm = kept.splice(0, count);
  endKept();
  const asked = Array.from({ length: count }, (_, index) => {
    const worker = warm[index];
    if (!worker) return ready(start(index));
    worker.postMessage({ kind: 'wake' } satisfies PoolMessage);
    return ready(worker);
  });
  return (await Promise.all(asked)).filter((worker) => worker !== null);
}

/** Takes threads that have nothing to do. */
export function keepThreads(threads: readonly Worker[]): void {
  clearTimeout(timer);
  endKept();
  kept = [...threads];
  timer = setTimeout(endKept, keepMs);
}

function endKept(): void {
  for (const worker of kept.splice(0)) worker.terminate();
}

const start = (index: number): Worker =>
  new Worker(trustedScriptUrl(workerUrl), { type: 'module', name: `linear-${index}` });

/** Null where the thread does not answer: the others do its share. */
function ready(worker: Worker): Promise<Worker | null> {
  return new Promise((resolve) => {
    const give = (result: Worker | null): void => {
      clearTimeout(timeout);
      worker.onmessage = worker.onerror = null;
      if (!result) worker.terminate();
      resolve(result);
    };
    const timeout = setTimeout(() => give(null), startWithinMs);
    worker.onmessage = () => give(worker);
    worker.onerror = () => give(null);
  });
}
