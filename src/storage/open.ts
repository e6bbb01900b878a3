// The one open function: every thread and tab comes through here. An upgrade never hangs: older tabs close
// their connection when a newer one asks, and say so to their page through `onClosed`; a tab that does not
// answer makes the upgrade refuse within seconds instead of waiting for ever.
import { openDB } from 'idb';
import { StorageError } from '../contract/errors';
import { databaseName, migrations, type Migration, type StudioDB, type StudioDatabase } from './schema';

export type ClosedReason = 'upgraded-elsewhere' | 'lost';

let current: Promise<StudioDatabase> | null = null;
const closedListeners = new Set<(reason: ClosedReason) => void>();

/** How long an upgrade waits for tabs that do not close, and an open for a browser that does not answer. */
const patienceMs = { blocked: 3000, silent: 15_000 };

/** Called when the connection went away: a newer version took over, or the browser lost the data. */
export function onClosed(listener: (reason: ClosedReason) => void): () => void {
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

/** Closes this thread's connection; the next use opens it again. */
export async function closeStudio(): Promise<void> {
  const open = current;
  current = null;
  if (open) (await open).close();
}

/** The next use opens a new connection. */
export function forgetConnection(): void {
  current = null;
}

function reportClosed(reason: ClosedReason): void {
  forgetConnection();
  for (const listener of closedListeners) listener(reason);
}

/** Opens any data base with any list of migrations; tests open old versions with it. */
export async function openWith(
  name: string,
  list: readonly Migration[],
  patience: { blocked: number; silent: number } = patienceMs,
): Promise<StudioDatabase> {
  let upgrading: Promise<void> = Promise.resolve();
  let failure: { cause: unknown } | null = null;
  let giveUp: (reason: string) => void = () => undefined;
  const refusal = new Promise<never>((_, reject) => {
    giveUp = (reason) => reject(new Error(reason));
  });
  const timers = [setTimeout(() => giveUp('the browser does not answer'), patience.silent)];
  let upgraded = false;
  const opening = openDB<StudioDB>(name, list.length, {
    upgrade(database, oldVersion, _newVersion, tx) {
      upgraded = true;
      // idb keeps half a migration when an async upgrade throws after an await, so abort by hand.
      tx.done.catch(() => undefined);
      upgrading = (async () => {
        try {
          for (const migration of list.slice(oldVersion)) await migration.up(database, tx);
        } catch (error) {
          failure = { cause: error };
          tx.abort();
        }
      })();
    },
    blocked() {
      timers.push(setTimeout(() => giveUp('another tab keeps an older version open'), patience.blocked));
    },
    blocking(_current, wanted, event) {
      if (event.target instanceof IDBDatabase) event.target.close();
      // No version is wanted where the data base is being deleted.
      reportClosed(wanted === null ? 'lost' : 'upgraded-elsewhere');
    },
    terminated: () => reportClosed('lost'),
  });
  try {
    const db = await Promise.race([opening, refusal]);
    await upgrading;
    if (upgraded) await flush(db);
    return db;
  } catch (error) {
    // Whatever opens after all is not used, and must not block the next attempt.
    opening.then(
      (late) => late.close(),
      () => undefined,
    );
    throw refusedOpen(await settledFailure(upgrading, () => failure, error));
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

async function settledFailure(
  upgrading: Promise<void>,
  failure: () => { cause: unknown } | null,
  error: unknown,
): Promise<unknown> {
  await upgrading.catch(() => undefined);
  return failure()?.cause ?? error;
}

/** Upgrades cannot ask for durability; a strict transaction behind one forces both to disk. */
async function flush(db: StudioDatabase): Promise<void> {
  const tx = db.transaction('facts', 'readwrite', { durability: 'strict' });
  await tx.store.put({ name: 'schema', at: Date.now(), value: db.version });
  await tx.done;
}

function refusedOpen(cause: unknown): StorageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Error && cause.name === 'VersionError')
    return new StorageError(
      'A newer version of the studio has been here. Reload this tab to get it; nothing was changed.',
      { cause },
    );
  return new StorageError(
    `The data base of this browser could not be opened (${reason}). Close other tabs of the studio and reload; nothing was changed.`,
    { cause },
  );
}
