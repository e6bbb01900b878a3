// The history of acts and its one line of undo and redo: done acts, with undone ones behind them until something
// else is done (then they are dropped: kept, never redone). What an act changed is act.ts's business.
import type { EditRecord } from '../contract/records';
import type { EditSummary } from '../contract/studio';
import { openStudio } from './open';
import type { WriteTransaction } from './transact';

/** The stores an act may touch. */
export const actStores = ['labels', 'labelBlocks', 'edits', 'editParts', 'corrections', 'projects', 'facts'] as const;
export type ActStore = (typeof actStores)[number];
export type ActTransaction = WriteTransaction<ActStore>;
/** An edit as it lies in the store: with its id. */
export type StoredEdit = EditRecord & { id: number };

/** Newest first, dropped ones included. */
export async function listEdits(projectId: string): Promise<EditSummary[]> {
  const db = await openStudio();
  const edits = await db.getAllFromIndex('edits', 'project', projectId);
  return edits.map((edit) => summaryOf(edit)).reverse();
}

/** Labels renamed or merged since a time, and not taken back, in order. */
export async function listRenames(projectId: string, since: number): Promise<{ from: string; to: string }[]> {
  const db = await openStudio();
  const edits = await db.getAllFromIndex('edits', 'project', projectId);
  return edits.flatMap((edit) => (edit.renamed && !edit.undone && edit.at >= since ? edit.renamed : []));
}

export function summaryOf(edit: EditRecord): EditSummary {
  const summary = { id: edit.id ?? 0, at: edit.at, by: edit.by, what: edit.what, undone: edit.undone };
  return edit.dropped ? { ...summary, dropped: true } : summary;
}

/** The act that undo takes back: the newest that is done. */
export async function findUndo(tx: ActTransaction, projectId: string): Promise<StoredEdit | null> {
  let cursor = await tx.objectStore('edits').index('project').openCursor(projectId, 'prev');
  while (cursor && cursor.value.undone) cursor = await cursor.continue();
  return cursor ? { ...cursor.value, id: cursor.primaryKey } : null;
}

/** The act that redo does again: the oldest undone one behind the newest that is done. */
export async function findRedo(tx: ActTransaction, projectId: string): Promise<StoredEdit | null> {
  let found: StoredEdit | null = null;
  let cursor = await tx.objectStore('edits').index('project').openCursor(projectId, 'prev');
  while (cursor && cursor.value.undone) {
    if (!cursor.value.dropped) found = { ...cursor.value, id: cursor.primaryKey };
    cursor = await cursor.continue();
  }
  return found;
}

/** Something new is done: what was undone before it can no longer be redone. */
export async function dropRedoTail(tx: ActTransaction, projectId: string, newest?: number): Promise<void> {
  let cursor = await tx.objectStore('edits').index('project').openCursor(projectId, 'prev');
  if (cursor?.primaryKey === newest && newest !== undefined) cursor = (await cursor?.continue()) ?? null;
  while (cursor && cursor.value.undone) {
    if (!cursor.value.dropped) await cursor.update({ ...cursor.value, dropped: true });
    cursor = await cursor.continue();
  }
}
