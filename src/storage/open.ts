// The one open function: every thread and tab comes through here. An upgrade never hangs: older tabs close
// their connection when a newer one asks, and say so to their page through `onClosed`.
import { openDB } from 'idb';
import { StorageError } from '../contract/errors';
import { databaseName, migrations, type Migration, type StudioDB, type StudioDatabase } from './schema';

let current: Promise<StudioDatabase> | null = null;
const closedListeners = new Set<(reason: 'upgraded-elsewhere' | 'lost') => void>();

/** Called when the connection went away: a newer version took over, or the browser lost the data. */
export function onClosed(listener: (reason: 'upgraded-elsewhere' | 'lost') => void): () => void {
  closedListeners.add(listener);
  return () => closedListeners.delete(listener);
}

export function openStudio(): Promise<StudioDatabase> {
  current ??= openWith(databaseName, migrations).catch((error: unknown) => {
    current = null;
    throw error;
  });
  return current;
}

/** Opens any data base with any list of migrations; tests open old versions with it. */
export async function openWith(name: string, list: readonly Migration[]): Promise<StudioDatabase> {
  let failure: unknown;
  try {
    const db = await openDB<StudioDB>(name, list.length, {
      async upgrade(database, oldVersion, _newVersion, tx) {
        // idb keeps half a migration when an async upgrade throws after an await, so abort by hand.
        try {
          for (const migration of list.slice(oldVersion)) await migration.up(database, tx);
        } catch (error) {
          failure = error;
          tx.abort();
        }
      },
      blocking(_current, _blocked, event) {
        (event.target as IDBDatabase).close();
        current = null;
        for (const listener of closedListeners) listener('upgraded-elsewhere');
      },
      terminated() {
        current = null;
        for (const listener of closedListeners) listener('lost');
      },
    });
    return db;
  } catch (error) {
    const cause = failure ?? error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError(
      `The data base of this browser could not be opened (${reason}). Close other tabs of the studio and reload; nothing was changed.`,
      { cause },
    );
  }
}
