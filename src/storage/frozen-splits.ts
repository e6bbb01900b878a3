// The rows of a run as they were when it began. Train rows keep no texts here: those are read again from the
// data set's version, which never changes; their labels, which do change, are kept.
import { NotFoundError } from '../contract/errors';
import type { FrozenSplit, Split } from '../contract/records';
import { openStudio } from './open';
import { write } from './transact';

export async function findFrozenSplit(runId: string, split: Split): Promise<FrozenSplit | null> {
  return (await (await openStudio()).get('frozenSplits', [runId, split])) ?? null;
}

export async function getFrozenSplit(runId: string, split: Split): Promise<FrozenSplit> {
  const found = await findFrozenSplit(runId, split);
  if (!found) throw new NotFoundError(`Run "${runId}" has no ${split} rows: it had not begun, or was removed.`);
  return found;
}

/** All splits of a run at once, or none. */
export async function putFrozenSplits(splits: FrozenSplit[]): Promise<void> {
  await write(['frozenSplits'], (tx) => Promise.all(splits.map((split) => tx.objectStore('frozenSplits').put(split))), {
    quiet: true,
  });
}
