// Checkpoints: everything a later step depends on, so that a run goes on bit for bit. The record lists, its
// weights lie under the same id in `weights`; both are written in one transaction, never one without the other.
import { NotFoundError } from '../contract/errors';
import type { Checkpoint, TensorMap, WeightsRecord } from '../contract/records';
import { newId } from '../lib/ids';
import { openStudio } from './open';
import { write } from './transact';
import { deleteWeights, findWeights, putWeights, tensorBytes } from './weights';

/** Oldest step first. */
export async function listCheckpoints(runId: string): Promise<Checkpoint[]> {
  const found = await (await openStudio()).getAllFromIndex('checkpoints', 'run', runId);
  return found.sort((a, b) => a.step - b.step || a.at - b.at);
}

/** The newest by step, with what it holds; null where the run has none. */
export async function latestCheckpoint(
  runId: string,
): Promise<{ checkpoint: Checkpoint; state: WeightsRecord } | null> {
  const checkpoint = (await listCheckpoints(runId)).at(-1);
  return checkpoint ? { checkpoint, state: await checkpointState(checkpoint.id) } : null;
}

export async function checkpointState(id: string): Promise<WeightsRecord> {
  const state = await findWeights(id);
  if (!state) throw new NotFoundError(`The checkpoint "${id}" is not stored any more. Start the run again.`);
  return state;
}

/**
 * Writes one checkpoint and drops the older ones of its kind: a run keeps its newest `last` and its `best`.
 * A `final` one is flushed to disk before it is acknowledged.
 */
export async function saveCheckpoint(
  draft: Omit<Checkpoint, 'id' | 'sizeBytes'>,
  tensors: TensorMap,
  meta: Record<string, unknown>,
): Promise<Checkpoint> {
  const checkpoint: Checkpoint = { ...draft, id: newId('checkpoint'), sizeBytes: tensorBytes(tensors) };
  await write(
    ['checkpoints', 'weights'],
    async (tx) => {
      const store = tx.objectStore('checkpoints');
      for (const older of await store.index('run').getAll(draft.runId))
        if (older.kind === draft.kind)
          await Promise.all([store.delete(older.id), deleteWeights(tx.objectStore('weights'), older.id)]);
      await store.put(checkpoint);
      await putWeights(tx.objectStore('weights'), { id: checkpoint.id, runId: draft.runId, tensors, meta });
    },
    { durability: draft.kind === 'final' ? 'strict' : 'relaxed', quiet: true },
  );
  return checkpoint;
}

/** Removes a run's checkpoints of the kinds given (all of them where none is). */
export async function removeCheckpoints(runId: string, kinds?: Checkpoint['kind'][]): Promise<void> {
  await write(
    ['checkpoints', 'weights'],
    async (tx) => {
      for (const found of await tx.objectStore('checkpoints').index('run').getAll(runId)) {
        if (kinds && !kinds.includes(found.kind)) continue;
        await tx.objectStore('checkpoints').delete(found.id);
        await deleteWeights(tx.objectStore('weights'), found.id);
      }
    },
    { durability: 'strict', quiet: true },
  );
}
