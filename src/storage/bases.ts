// Bases: records in one store, their files in blocks in another, so that no record is a whole model. A base is there
// once its record is; blocks without one are what a cut addition left.
import type { Base, BaseFileBlock } from '../contract/bases';
import { NotFoundError } from '../contract/errors';
import { isShown } from './hidden';
import { openStudio } from './open';
import { write } from './transact';

export const baseBlockBytes = 8 * 1024 * 1024;

/** NotFoundError where it is not there or was removed; `name`: what to call it then. */
export async function getBase(id: string, name?: string): Promise<Base> {
  const base = await (await openStudio()).get('bases', String(id));
  if (isShown(base)) return base;
  throw new NotFoundError(
    name === undefined
      ? `There is no base "${String(id)}". It may have been removed; add its folder again.`
      : `The base "${name}" (${String(id)}) is not here any more. Add its folder again, then try again.`,
  );
}

/** Oldest first. */
export async function listBases(): Promise<Base[]> {
  return (await (await openStudio()).getAll('bases')).filter(isShown).sort((a, b) => a.addedAt - b.addedAt);
}

/** The base with exactly these files, where it was added before. */
export async function findBaseByHash(hash: string): Promise<Base | null> {
  return (await listBases()).find((base) => base.hash === hash) ?? null;
}

/** Blocks are written one by one, before the record. */
export async function putBaseBlock(block: BaseFileBlock): Promise<void> {
  await write(['baseFiles'], (tx) => tx.objectStore('baseFiles').put(block), { quiet: true });
}

export async function getBaseBlock(baseId: string, name: string, block: number): Promise<Uint8Array<ArrayBuffer>> {
  const found = await (await openStudio()).get('baseFiles', [baseId, name, block]);
  if (!found)
    throw new NotFoundError(`A part of "${name}" of this base is not stored any more. Remove it and add it again.`);
  return found.bytes;
}

/**
 * Writes the record; gives the one with exactly these files where another tab was first, or where it was removed and is
 * not purged yet (it is shown again: runs know it by its id).
 */
export async function putBase(base: Base): Promise<Base> {
  return await write(
    ['bases'],
    async (tx) => {
      const store = tx.objectStore('bases');
      const same = (await store.getAll()).filter(({ hash, id }) => hash === base.hash && id !== base.id);
      const { removedAt: _removedAt, ...known } = same.find(isShown) ?? same[0] ?? base;
      await store.put(known);
      return known;
    },
    { durability: 'strict' },
  );
}

export async function renameBase(id: string, name: string): Promise<Base> {
  const base = await getBase(id);
  return await write(['bases'], async (tx) => {
    const renamed: Base = { ...((await tx.objectStore('bases').get(id)) ?? base), name };
    await tx.objectStore('bases').put(renamed);
    return renamed;
  });
}

/** Hides a base, or shows it again with null. NotFoundError once it is purged. */
export async function markBase(id: string, removedAt: number | null): Promise<Base> {
  return await write(
    ['bases'],
    async (tx) => {
      const stored = await tx.objectStore('bases').get(id);
      if (!stored) throw new NotFoundError('It is gone for good and can no longer be taken back.');
      const { removedAt: _removedAt, ...shown } = stored;
      const base: Base = removedAt === null ? shown : { ...shown, removedAt };
      await tx.objectStore('bases').put(base);
      return base;
    },
    { durability: 'strict' },
  );
}

/** Deletes the record and every block. Also for a cut addition, which has no record. */
export async function purgeBase(id: string): Promise<void> {
  await purgeIf(id, () => true);
}

/** Deletes a base with its blocks, where `may` (told its record, if it has one) still says so in that very moment. */
async function purgeIf(id: string, may: (stored: Base | undefined) => boolean): Promise<void> {
  await write(
    ['bases', 'baseFiles'],
    async (tx) => {
      const store = tx.objectStore('bases');
      if (!may(await store.get(id))) return;
      await Promise.all([store.delete(id), tx.objectStore('baseFiles').delete(blocksOf(id))]);
    },
    { durability: 'strict' },
  );
}

/** Deletes blocks that have no record; a base that was completed meanwhile stays. */
export async function purgeCutAddition(id: string): Promise<void> {
  await purgeIf(id, (stored) => stored === undefined);
}

/** Purges bases hidden at or before `until`; gives when the next one may go for each that stays hidden. */
export async function purgeHiddenBases(until: number): Promise<number[]> {
  const waiting: number[] = [];
  for (const { id, removedAt } of await (await openStudio()).getAll('bases')) {
    if (removedAt === undefined) continue;
    // It may be taken back while the ones before it are purged.
    if (removedAt <= until) await purgeIf(id, (stored) => stored?.removedAt !== undefined && stored.removedAt <= until);
    else waiting.push(removedAt);
  }
  return waiting;
}

/** Ids that have blocks but no record: left by additions that were cut, or being added just now. */
export async function idsWithoutRecord(): Promise<string[]> {
  const tx = (await openStudio()).transaction(['bases', 'baseFiles'], 'readonly');
  const known = new Set(await tx.objectStore('bases').getAllKeys());
  const found: string[] = [];
  let cursor = await tx.objectStore('baseFiles').openKeyCursor();
  while (cursor) {
    const [id] = cursor.key;
    if (!known.has(id)) found.push(id);
    cursor = await cursor.continue(afterBlocksOf(id));
  }
  return found;
}

function blocksOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id], afterBlocksOf(id), false, true);
}

/** The first key behind every block of this base: no text lies between an id and the same with a null behind it. */
function afterBlocksOf(id: string): [string, string, number] {
  return [`${id}\0`, '', 0];
}
