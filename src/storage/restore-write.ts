// One batch of a backup's records into their store. Nothing that is there is ever overwritten: a key that is taken
// refuses the batch. History entries are numbered anew where their numbers are taken.
import type { EditPart, EditRecord } from '../contract/records';
import type { BelongingStore } from './belongings';
import { damagedRecord, isRecordOf } from './restore-check';
import type { IdMap } from './restore-ids';
import { write } from './transact';

export async function addRecords<S extends BelongingStore>(
  store: S,
  records: readonly unknown[],
  projectId: string,
): Promise<void> {
  const checked = records.map((record) => {
    if (isRecordOf(store, record, projectId)) return record;
    throw damagedRecord();
  });
  if (checked.length === 0) return;
  await write(
    [store],
    async (tx) => {
      const target = tx.objectStore(store);
      await Promise.all(checked.map((record) => target.add(record)));
    },
    { quiet: true },
  );
}

/**
 * Entries of the history, oldest first. Their numbers are kept as long as they are free; from the first taken one on
 * all are numbered anew, after every other, so that undo keeps its order.
 */
export async function addEdits(records: readonly unknown[], projectId: string, ids: IdMap): Promise<void> {
  await write(
    ['edits', 'facts'],
    async (tx) => {
      for (const record of records) {
        if (!isRecordOf('edits', record, projectId) || record.id === undefined) throw damagedRecord();
        const { id, ...fresh }: EditRecord & { id?: number } = record;
        if (!ids.keepsIds || (await tx.objectStore('edits').count(id)) > 0) ids.renumbersEdits = true;
        const added = await tx.objectStore('edits').add(ids.renumbersEdits ? fresh : record);
        ids.edits.set(record.id, added);
        if (record.moving)
          await tx.objectStore('facts').put({ name: `unfinished-act:${projectId}`, at: record.at, value: added });
      }
    },
    { quiet: true },
  );
}

export function renumbered(record: unknown, projectId: string, ids: IdMap): EditPart {
  if (!isRecordOf('editParts', record, projectId)) throw damagedRecord();
  const editId = ids.edits.get(record.editId);
  if (editId === undefined) throw damagedRecord();
  return { ...record, editId };
}
