// Acts: what a person does to labels, as one thing that is done, undone and redone whole. A small act is one
// transaction over its labels, its correction and its entry in the history. Large ones: act-large.ts.
import type { Correction, EditChange, EditRecord, LabelRecord, Project } from '../contract/records';
import type { EditSummary } from '../contract/studio';
import type { ActTransaction } from './edits';
import { actStores, dropRedoTail, summaryOf } from './edits';
import { presentProject } from './projects';
import type { StoreName } from './schema';
import { write } from './transact';

export interface Act {
  projectId: string;
  by: string;
  at: number;
  /** In words, for the history and the toast: "Labelled 1 row fees". */
  what: string;
  /** The project's labels as they shall be; the same list object where they stay. */
  labels?: (known: string[]) => string[];
  renamed?: { from: string; to: string };
}

export interface SmallAct extends Act {
  rows: LabelRecord[];
  correction?: Correction;
}

/** Commits the act; null where everything was so already and nothing needed writing. */
export async function commitAct(act: SmallAct): Promise<EditSummary | null> {
  const changed = new Set<StoreName>();
  return await write(
    [...actStores],
    async (tx) => {
      const changes: EditChange[] = [];
      for (const after of act.rows) {
        const key: [string, string] = [act.projectId, after.rowId];
        const before = await tx.objectStore('labels').get(key);
        if (!before || !sameLabel(before, after))
          changes.push({ store: 'labels', key, ...(before && { before }), after });
      }
      if (act.correction) changes.push({ store: 'corrections', key: act.correction.id, after: act.correction });
      const project = await projectChange(tx, act);
      if (project) changes.push(project);
      if (changes.length === 0) return null;
      await dropRedoTail(tx, act.projectId);
      await moveChanges(tx, changes, 'after', changed);
      const edit = editOf(act, changes);
      const id = await tx.objectStore('edits').add(edit);
      changed.add('edits');
      return summaryOf({ ...edit, id });
    },
    { projectId: act.projectId, changed },
  );
}

export function editOf(act: Act, changes: EditChange[]): EditRecord {
  const edit = { projectId: act.projectId, at: act.at, by: act.by, what: act.what, changes, undone: false };
  return act.renamed ? { ...edit, renamed: act.renamed } : edit;
}

/** The change to the project's list of labels, if the act makes one. */
export async function projectChange(tx: ActTransaction, act: Act): Promise<EditChange | null> {
  const before = presentProject(await tx.objectStore('projects').get(act.projectId), act.projectId);
  const labels = act.labels?.(before.labels) ?? before.labels;
  if (labels === before.labels) return null;
  return { store: 'projects', key: before.id, before, after: { ...before, labels } };
}

/** Puts what changed into its state before or after. Corrections stay, marked as undone. */
export async function moveChanges(
  tx: ActTransaction,
  changes: readonly EditChange[],
  to: 'before' | 'after',
  changed: Set<StoreName>,
): Promise<void> {
  for (const change of changes) {
    changed.add(change.store);
    if (change.store === 'labels') {
      const record = change[to];
      if (record) await tx.objectStore('labels').put(record);
      else await tx.objectStore('labels').delete(change.key);
    } else if (change.store === 'corrections') {
      const record = change[to];
      if (record) await tx.objectStore('corrections').put(record);
      else if (change.after) await tx.objectStore('corrections').put({ ...change.after, undone: true });
    } else if (change.before && change.after) {
      const current = presentProject(await tx.objectStore('projects').get(change.key), change.key);
      const from = to === 'after' ? change.before : change.after;
      await tx.objectStore('projects').put(swapLabels(current, from, to === 'after' ? change.after : change.before));
    }
  }
}

/** The project with the labels of `to`, and behind them those it got elsewhere since `from` (an import). */
function swapLabels(current: Project, from: Project, to: Project): Project {
  const known = new Set([...from.labels, ...to.labels]);
  return { ...current, labels: [...to.labels, ...current.labels.filter((label) => !known.has(label))] };
}

function sameLabel(a: LabelRecord, b: LabelRecord): boolean {
  return (
    a.origin === b.origin &&
    a.note === b.note &&
    a.labels.length === b.labels.length &&
    a.labels.every((label, index) => label === b.labels[index])
  );
}
