// A long question to a worker under an id, so that a signal can call it off.
import { AbortError } from '../contract/errors';
import type { TrainApi } from '../contract/train';
import { newId } from '../lib/ids';

/** Rejects with AbortError where the signal fired before; later it is the worker that rejects so. */
export async function asJob<T>(
  trainer: Pick<TrainApi, 'cancel'>,
  signal: AbortSignal | undefined,
  ask: (jobId: string) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw new AbortError();
  const jobId = newId('job');
  const cancel = (): void => void trainer.cancel(jobId).catch(() => undefined);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await ask(jobId);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
