// The points of a run's curves and what happened to it, in order of `seq`. Written by the train worker alone.
import type { RunEvent } from '../contract/records';
import { openStudio } from './open';
import { write } from './transact';

const ofRun = (runId: string): IDBKeyRange => IDBKeyRange.bound([runId, 0], [runId, Infinity]);

export async function listRunEvents(runId: string): Promise<RunEvent[]> {
  return (await openStudio()).getAll('runEvents', ofRun(runId));
}

/** The number after the last one written. */
export async function nextEventSeq(runId: string): Promise<number> {
  const cursor = await (await openStudio()).transaction('runEvents').store.openKeyCursor(ofRun(runId), 'prev');
  return cursor ? cursor.key[1] + 1 : 0;
}

export async function appendRunEvents(events: RunEvent[]): Promise<void> {
  await write(
    ['runEvents'],
    async (tx) => {
      const store = tx.objectStore('runEvents');
      for (const event of events) await store.put(event);
    },
    { quiet: true },
  );
}

/**
 * Drops points past `step`: a resumed run makes them again, bit for bit, and a curve must not hold them twice.
 * Notes stay: they tell what happened.
 */
export async function dropRunEventsAfter(runId: string, step: number): Promise<void> {
  await write(
    ['runEvents'],
    async (tx) => {
      const store = tx.objectStore('runEvents');
      for (const event of await store.getAll(ofRun(runId)))
        if (event.step > step && event.kind !== 'note') await store.delete([runId, event.seq]);
    },
    { quiet: true },
  );
}
