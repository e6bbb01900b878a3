// Taking back one act that is no longer the newest: a new act that puts each row back where it was before, as far
// as nobody touched the row since. The line of undo and redo stays whole.
import { NotFoundError } from '../contract/errors';
import type { EditChange, LabelRecord } from '../contract/records';
import type { EditSummary } from '../contract/studio';
import { editOf, moveChanges } from './act';
import { actStores, dropRedoTail, summaryOf } from './edits';
import type { StoreName } from './schema';
import { write } from './transact';

/** Null where every row of the act was changed again since. Rejects with NotFoundError for an act that is not there. */
export async function takeBackEdit(
  projectId: string,
  editId: number,
  sign: { by: string; at: number },
): Promise<EditSummary | null> {
  const changed = new Set<StoreName>();
  return await write(
    [...actStores],
    async (tx) => {
      const edit = await tx.objectStore('edits').get(editId);
      if (!edit || edit.projectId !== projectId || edit.parts)
        throw new NotFoundError('That decision is not in the history of this project. Use undo for acts on many rows.');
      if (edit.undone) return null;
      const changes: EditChange[] = [];
      for (const change of edit.changes) {
        if (change.store !== 'labels') continue;
        const current = await tx.objectStore('labels').get(change.key);
        if (!isSame(current, change.after)) continue;
        const { store, key, before, after } = change;
        changes.push({ store, key, ...(after && { before: after }), ...(before && { after: before }) });
      }
      if (changes.length === 0) return null;
      for (const change of edit.changes)
        if (change.store === 'corrections' && change.after)
          changes.push({ ...change, before: change.after, after: { ...change.after, undone: true } });
      await dropRedoTail(tx, projectId);
      await moveChanges(tx, changes, 'after', changed);
      const taken = editOf({ projectId, ...sign, what: `Took back: ${edit.what}` }, changes);
      const id = await tx.objectStore('edits').add(taken);
      changed.add('edits');
      return summaryOf({ ...taken, id });
    },
    { projectId, changed },
  );
}

function isSame(a: LabelRecord | undefined, b: LabelRecord | undefined): boolean {
  return a?.at === b?.at && a?.origin === b?.origin && a?.labels.join('\n') === b?.labels.join('\n');
}
