// Undo and redo over the one line of acts, unlimited and across reloads. Small acts move in one transaction.
import type { EditSummary } from '../contract/studio';
import { moveChanges } from './act';
import { moveLargeEdit } from './act-large';
import { actStores, findRedo, findUndo, summaryOf, type StoredEdit } from './edits';
import type { StoreName } from './schema';
import { write } from './transact';

/** Takes back the newest act that is done; null where there is none. */
export function undo(projectId: string): Promise<EditSummary | null> {
  return move(projectId, 'undone');
}

/** Does the oldest act again that was taken back since something new was done; null where there is none. */
export function redo(projectId: string): Promise<EditSummary | null> {
  return move(projectId, 'done');
}

async function move(projectId: string, to: 'done' | 'undone'): Promise<EditSummary | null> {
  const changed = new Set<StoreName>();
  const found = await write(
    [...actStores],
    async (tx): Promise<{ edit: StoredEdit; large: boolean } | null> => {
      const edit = await (to === 'undone' ? findUndo : findRedo)(tx, projectId);
      if (!edit || edit.parts) return edit && { edit, large: true };
      await moveChanges(tx, edit.changes, to === 'undone' ? 'before' : 'after', changed);
      const moved = { ...edit, undone: to === 'undone' };
      await tx.objectStore('edits').put(moved);
      changed.add('edits');
      return { edit: moved, large: false };
    },
    { projectId, changed },
  );
  if (!found) return null;
  return found.large ? await moveLargeEdit(found.edit, to) : summaryOf(found.edit);
}
