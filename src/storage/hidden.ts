// Runs, models and data sets that were removed: hidden first (one strict write that Undo takes back), deleted with
// what hangs on them when their time is up. Their stores' own files know how to delete them.
import { NotFoundError } from '../contract/errors';
import type { Dataset, Model, Run } from '../contract/records';
import { openStudio } from './open';
import { asStorageError, write } from './transact';

interface Hideable {
  runs: Run;
  models: Model;
  datasets: Dataset;
}
export type HideableStore = keyof Hideable;

/** True for a record that is there and was not removed. */
export function isShown<T extends { removedAt?: number }>(record: T | undefined): record is T {
  return record !== undefined && record.removedAt === undefined;
}

/** Hides the record; where even the mark does not fit on a full disk, `purge` deletes it at once. */
export async function hide<S extends HideableStore>(
  store: S,
  record: Hideable[S],
  purge: (id: string) => Promise<void>,
): Promise<void> {
  try {
    await setMark(store, record.id, Date.now());
  } catch (error) {
    if (asStorageError(error).name !== 'StorageError') throw error;
    await purge(record.id);
  }
}

/** Brings a hidden record back as it was; rejects with NotFoundError once it is purged. */
export async function unhide<S extends HideableStore>(store: S, id: string): Promise<Hideable[S]> {
  return await setMark(store, id, null);
}

async function setMark<S extends HideableStore>(store: S, id: string, at: number | null): Promise<Hideable[S]> {
  const db = await openStudio();
  const projectId = (await db.get(store, id))?.projectId;
  if (projectId === undefined) throw new NotFoundError('It is gone for good and can no longer be taken back.');
  return await write(
    [store],
    async (tx) => {
      const target = tx.objectStore(store);
      const stored = await target.get(id);
      if (!stored) throw new NotFoundError('It is gone for good and can no longer be taken back.');
      const { removedAt: _removedAt, ...shown } = stored;
      const record = (at === null ? shown : { ...shown, removedAt: at }) as Hideable[S];
      await target.put(record);
      return record;
    },
    { projectId, durability: 'strict' },
  );
}

/** What is hidden, of all three kinds. */
export async function listHidden(): Promise<{ store: HideableStore; id: string; removedAt: number }[]> {
  const db = await openStudio();
  const found: { store: HideableStore; id: string; removedAt: number }[] = [];
  for (const store of ['runs', 'models', 'datasets'] as const)
    for (const { id, removedAt } of await db.getAll(store))
      if (removedAt !== undefined) found.push({ store, id, removedAt });
  return found;
}
