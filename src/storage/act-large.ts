// Acts on many rows, in as many transactions as they have stretches; one entry in the history however many rows.
// While one is under way its entry says where it is going and a fact points at it, so that a crash in the middle
// is settled later: a new act is taken back whole, an undo or redo is carried to its end.
import type { EditSummary } from '../contract/studio';
import { editOf, projectChange, moveChanges, type Act } from './act';
import { movePart, packStretch, type Stretch } from './edit-parts';
import { actStores, dropRedoTail, summaryOf, type ActTransaction, type StoredEdit } from './edits';
import { openStudio } from './open';
import type { StoreName } from './schema';
import { write } from './transact';

const unfinishedStart = 'unfinished-act:';
const unfinished = (projectId: string): string => unfinishedStart + projectId;
const labelsChanged: ReadonlySet<StoreName> = new Set<StoreName>(['labels']);
const actChanged: ReadonlySet<StoreName> = new Set<StoreName>(['labels', 'edits', 'projects', 'corrections']);

/** `what` is told how many rows changed. */
export type LargeAct = Omit<Act, 'what'> & { what: (rows: number) => string };

/** Commits the act over all stretches; null where no row changed. */
export async function commitLargeAct(
  act: LargeAct,
  stretches: AsyncIterable<Stretch> | Iterable<Stretch>,
): Promise<{ edit: EditSummary; rows: number } | null> {
  const { projectId } = act;
  let editId: number | null = null;
  let rows = 0;
  let part = 0;
  try {
    for await (const stretch of stretches) {
      const begun: number | null = editId;
      const number = part;
      const done = await inAct<{ id: number; rows: number } | null>(projectId, labelsChanged, async (tx) => {
        const packed = await packStretch(tx, projectId, stretch);
        if (!packed) return null;
        const id: number = begun ?? (await begin(tx, act));
        await movePart(tx, packed, 'after');
        await tx.objectStore('editParts').put({ editId: id, part: number, ...packed });
        return { id, rows: packed.ordinals.length };
      });
      if (!done) continue;
      editId = done.id;
      rows += done.rows;
      part += 1;
    }
    return await end(act, editId, part, rows);
  } catch (error) {
    // Whatever stopped it, the rows go back to what they were; if even that fails, the next start does it.
    await settleUnfinished(projectId).catch(() => undefined);
    throw error;
  }
}

async function begin(tx: ActTransaction, act: LargeAct): Promise<number> {
  const id = await tx.objectStore('edits').add({ ...editOf({ ...act, what: act.what(0) }, []), moving: 'gone' });
  await tx.objectStore('facts').put({ name: unfinished(act.projectId), at: act.at, value: id });
  return id;
}

/** The act is whole: its entry appears in the history, with the change to the project's labels. */
async function end(
  act: LargeAct,
  editId: number | null,
  parts: number,
  rows: number,
): Promise<{ edit: EditSummary; rows: number } | null> {
  const edit = await inAct(act.projectId, actChanged, async (tx) => {
    const project = await projectChange(tx, { ...act, what: '' });
    if (editId === null && !project) return null;
    await dropRedoTail(tx, act.projectId, editId ?? undefined);
    const changes = project ? [project] : [];
    await moveChanges(tx, changes, 'after', new Set());
    const whole = { ...editOf({ ...act, what: act.what(rows) }, changes), parts, rows };
    const id = await tx.objectStore('edits').put(editId === null ? whole : { ...whole, id: editId });
    await tx.objectStore('facts').delete(unfinished(act.projectId));
    return summaryOf({ ...whole, id });
  });
  return edit && { edit, rows };
}

/** Carries an entry with parts to its state before ('undone') or after ('done'), part by part. */
export async function moveLargeEdit(edit: StoredEdit, to: 'done' | 'undone'): Promise<EditSummary> {
  await inAct(edit.projectId, new Set(), async (tx) => {
    await tx.objectStore('edits').put({ ...edit, moving: to });
    await tx.objectStore('facts').put({ name: unfinished(edit.projectId), at: Date.now(), value: edit.id });
  });
  return await carryOn(edit, to);
}

async function carryOn(edit: StoredEdit, to: 'done' | 'undone' | 'gone'): Promise<EditSummary> {
  const side = to === 'done' ? 'after' : 'before';
  const db = await openStudio();
  for (const key of await db.getAllKeys('editParts', IDBKeyRange.bound([edit.id, 0], [edit.id, Infinity]))) {
    await inAct(edit.projectId, labelsChanged, async (tx) => {
      const part = await tx.objectStore('editParts').get(key);
      if (part) await movePart(tx, part, side);
      if (to === 'gone') await tx.objectStore('editParts').delete(key);
    });
  }
  return await inAct(edit.projectId, actChanged, async (tx) => {
    const { moving: _moving, ...settled } = edit;
    if (to === 'gone') await tx.objectStore('edits').delete(edit.id);
    else {
      await moveChanges(tx, edit.changes, side, new Set());
      await tx.objectStore('edits').put({ ...settled, undone: to === 'undone' });
    }
    await tx.objectStore('facts').delete(unfinished(edit.projectId));
    return summaryOf({ ...settled, undone: to !== 'done' });
  });
}

/** Projects with an act in the middle: under way in some tab, or left so by a crash. Nearly always none. */
export async function unfinishedProjects(): Promise<string[]> {
  const db = await openStudio();
  const names = await db.getAllKeys('facts', IDBKeyRange.bound(unfinishedStart, `${unfinishedStart}\uffff`));
  return names.map((name) => name.slice(unfinishedStart.length));
}

/** Ends what a crash left in the middle. Quick where nothing did. */
export async function settleUnfinished(projectId: string): Promise<void> {
  const db = await openStudio();
  const fact = await db.get('facts', unfinished(projectId));
  if (typeof fact?.value !== 'number') return;
  const edit = await db.get('edits', fact.value);
  if (edit?.moving) await carryOn({ ...edit, id: fact.value }, edit.moving);
}

function inAct<T>(
  projectId: string,
  changed: ReadonlySet<StoreName>,
  work: (tx: ActTransaction) => Promise<T>,
): Promise<T> {
  return write([...actStores], work, { projectId, changed });
}
