// Removing: a project is first hidden (one strict write, taken back in one), later purged with everything in it; so
// are single runs, models and data sets (hidden.ts), and here is when all of them go.
import { NotFoundError } from '../contract/errors';
import type { Project } from '../contract/records';
import { purgeHiddenBases } from './bases';
import { belongingsOf } from './belongings';
import { purgeDataset } from './datasets';
import { listHidden, type HideableStore } from './hidden';
import { purgeModel } from './models';
import { openStudio } from './open';
import { presentProject, updateProject } from './projects';
import { purgeRun } from './runs';
import type { StoreName } from './schema';
import { write } from './transact';

/** How long a removed project can be taken back. */
export const keptMs = 10 * 60 * 1000;

export async function hideProject(id: string, at = Date.now()): Promise<void> {
  await updateProject(id, (project) => ({ ...project, removedAt: at }), 'strict');
}

/** Brings a hidden project back as it was; rejects with NotFoundError once it is purged. */
export async function unhideProject(id: string): Promise<Project> {
  return await write(
    ['projects'],
    async (tx) => {
      const stored = await tx.objectStore('projects').get(String(id));
      if (!stored) throw new NotFoundError('This project is gone for good; it can no longer be taken back.');
      const { removedAt: _removedAt, ...project } = stored;
      await tx.objectStore('projects').put(project);
      return presentProject(project, id);
    },
    { projectId: String(id), durability: 'strict' },
  );
}

/** Deletes the project and everything in it in one strict transaction. Deleting works on a full disk too. */
export async function purgeProject(id: string): Promise<void> {
  const belongings = await belongingsOf(id);
  const stores = belongings.map(({ store }): StoreName => store);
  await write(
    [...stores, 'facts'],
    async (tx) => {
      for (const { store, keys } of belongings) for (const key of keys) await tx.objectStore(store).delete(key);
      await tx.objectStore('facts').delete(`unfinished-act:${id}`);
    },
    { projectId: id, durability: 'strict' },
  );
}

const purgeOf: Record<HideableStore, (id: string) => Promise<void>> = {
  runs: purgeRun,
  models: purgeModel,
  datasets: purgeDataset,
};

/** Purges what was hidden at or before `until`; gives the time the next one is due, or null. */
export async function purgeHidden(until: number): Promise<number | null> {
  const db = await openStudio();
  let next: number | null = null;
  for (const { id, removedAt } of await db.getAll('projects')) {
    if (removedAt === undefined) continue;
    if (removedAt <= until) await purgeProject(id);
    else next = Math.min(next ?? Infinity, removedAt + keptMs);
  }
  for (const { store, id, removedAt } of await listHidden())
    if (removedAt <= until) await purgeOf[store](id);
    else next = Math.min(next ?? Infinity, removedAt + keptMs);
  for (const removedAt of await purgeHiddenBases(until)) next = Math.min(next ?? Infinity, removedAt + keptMs);
  return next;
}
