// Saved means committed. Over quota every put() succeeds and then the transaction aborts, so a write is done
// only after `tx.done`; its change is announced only then.
import type { IDBPTransaction } from 'idb';
import { isStudioError, StorageError } from '../contract/errors';
import { announce } from './changes';
import { openStudio } from './open';
import type { StoreName, StudioDB } from './schema';

export type WriteTransaction<S extends StoreName> = IDBPTransaction<StudioDB, S[], 'readwrite'>;

export interface WriteOptions {
  projectId?: string;
  /** Flushed to disk before it is acknowledged: migrations, deletes, restores, final checkpoints. */
  durability?: 'strict' | 'relaxed';
  /** Announce nothing: for stores nobody watches. */
  quiet?: boolean;
}

let problem: string | null = null;

/** Why the last write of this thread failed; null once one has succeeded. */
export function storageProblem(): string | null {
  return problem;
}

/** Runs `work` in one transaction over `stores` and resolves when it is committed. All of it or none. */
export async function write<S extends StoreName, T>(
  stores: S[],
  work: (tx: WriteTransaction<S>) => Promise<T> | T,
  options: WriteOptions = {},
): Promise<T> {
  const db = await openStudio();
  const tx = db.transaction(stores, 'readwrite', { durability: options.durability ?? 'relaxed' });
  let result: T;
  try {
    result = await work(tx);
    await tx.done;
  } catch (error) {
    tx.done.catch(() => undefined);
    try {
      tx.abort();
    } catch {
      // Already aborted or finished by the browser: that is the state we want.
    }
    const named = asStorageError(error);
    if (named.name === 'StorageError') problem = named.message;
    throw named;
  }
  problem = null;
  if (!options.quiet) announce(options.projectId === undefined ? { stores } : { stores, projectId: options.projectId });
  return result;
}

/** A named error for whatever the data base answered; named errors pass through. */
export function asStorageError(error: unknown): Error {
  if (isStudioError(error)) return error;
  const name = error instanceof Error ? error.name : '';
  const reason = error instanceof Error ? error.message : String(error);
  if (name === 'QuotaExceededError' || /quota/i.test(reason))
    return new StorageError(
      'Not saved: this browser gives the studio no more space. Free some under Storage (old checkpoints and data sets), then try again; what was saved before is untouched.',
      { cause: error },
    );
  return new StorageError(
    `Not saved: the data base answered "${reason || name}". What was saved before is untouched; try again.`,
    {
      cause: error,
    },
  );
}
