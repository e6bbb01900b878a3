// Saved means committed. Over quota every put() succeeds and then the transaction aborts, so a write is done
// only after `tx.done`; its change is announced only then.
import type { IDBPTransaction } from 'idb';
import { isStudioError, StorageError, StudioError } from '../contract/errors';
import { announce } from './changes';
import { forgetConnection, openStudio } from './open';
import type { StoreName, StudioDatabase, StudioDB } from './schema';

export type WriteTransaction<S extends StoreName> = IDBPTransaction<StudioDB, S[], 'readwrite'>;

export interface WriteOptions {
  projectId?: string;
  /** Flushed to disk before it is acknowledged: migrations, deletes, restores, final checkpoints. */
  durability?: 'strict' | 'relaxed';
  /** Announce nothing: for stores nobody watches. */
  quiet?: boolean;
  /** The stores really changed, filled by `work`, where it is not all that the transaction spans. */
  changed?: ReadonlySet<StoreName>;
}

let problem: string | null = null;
const problemListeners = new Set<(problem: string | null) => void>();

/** Why the last write of this thread failed; null once one has succeeded. */
export function storageProblem(): string | null {
  return problem;
}

/** Told when writing begins to fail and when it works again. */
export function onProblem(listener: (problem: string | null) => void): () => void {
  problemListeners.add(listener);
  return () => problemListeners.delete(listener);
}

/** Kept and shown until a write succeeds. */
export function setProblem(message: string | null): void {
  if (message === problem) return;
  problem = message;
  for (const listener of problemListeners) listener(message);
}

/** Runs `work` in one transaction over `stores` and resolves when it is committed. All of it or none. */
export async function write<S extends StoreName, T>(
  stores: S[],
  work: (tx: WriteTransaction<S>) => Promise<T> | T,
  options: WriteOptions = {},
): Promise<T> {
  let result: T;
  let tx: WriteTransaction<S> | null = null;
  try {
    tx = await begin(stores, options.durability ?? 'relaxed');
    result = await work(tx);
    await tx.done;
  } catch (error) {
    // A put that was waiting when the transaction aborted says only "AbortError"; the reason is the transaction's.
    const reason = tx?.error ?? null;
    if (tx) abandon(tx);
    const named = asStorageError(reason && !(error instanceof StudioError) ? reason : error);
    if (named.name === 'StorageError') setProblem(named.message);
    throw named;
  }
  setProblem(null);
  const changed: StoreName[] = options.changed ? [...options.changed] : stores;
  if (!options.quiet && changed.length)
    announce(options.projectId === undefined ? { stores: changed } : { stores: changed, projectId: options.projectId });
  return result;
}

/** A connection that the browser closed behind our back is opened again, once. */
async function begin<S extends StoreName>(stores: S[], durability: 'strict' | 'relaxed'): Promise<WriteTransaction<S>> {
  const start = (db: StudioDatabase): WriteTransaction<S> => db.transaction(stores, 'readwrite', { durability });
  try {
    return start(await openStudio());
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InvalidStateError') throw error;
    forgetConnection();
    return start(await openStudio());
  }
}

function abandon(tx: { done: Promise<void>; abort(): void }): void {
  tx.done.catch(() => undefined);
  try {
    tx.abort();
  } catch {
    // Already aborted or finished by the browser: that is the state we want.
  }
}

/** A named error for whatever the data base answered; named errors pass through. */
export function asStorageError(error: unknown): Error {
  if (error instanceof StudioError || (isStudioError(error) && error.name !== 'AbortError')) return error;
  const name = error instanceof Error ? error.name : '';
  const reason = error instanceof Error ? error.message : String(error);
  if (name === 'QuotaExceededError' || /quota/i.test(reason))
    return new StorageError(
      'Not saved: this browser gives the studio no more space. Free some under Storage (old checkpoints and data sets), then try again; what was saved before is untouched.',
      { cause: error },
    );
  return new StorageError(
    `Not saved: the data base answered "${reason || name}". What was saved before is untouched; try again.`,
    { cause: error },
  );
}
