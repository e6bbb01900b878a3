// Which half-written data sets are alive: an import holds a lock with its id, in whatever tab it runs. Pages without
// a record and without a holder are what a killed import left, and are removed.
import { orphanedPageOwners, removePages } from '../../src/storage/row-pages';

const prefix = 'trainyard-import-';
/** Absent where tests run in Node. */
const locks = globalThis.navigator?.locks;

export function whileHeld<T>(datasetId: string, work: () => Promise<T>): Promise<T> {
  if (!locks) return work();
  return locks.request(prefix + datasetId, work);
}

/** Removes the pages of imports that died. Returns how many there were. */
export async function sweepOrphans(): Promise<number> {
  const owners = await orphanedPageOwners();
  if (owners.length === 0) return 0;
  const held = new Set<string>();
  if (locks)
    for (const lock of (await locks.query()).held ?? [])
      if (lock.name?.startsWith(prefix)) held.add(lock.name.slice(prefix.length));
  // A second look: an import that committed meanwhile is no orphan.
  const still = new Set(await orphanedPageOwners());
  const dead = owners.filter((id) => still.has(id) && !held.has(id));
  for (const id of dead) await removePages(id);
  return dead.length;
}
