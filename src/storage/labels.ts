// Labels in force once a person or a rule has touched a row: an overlay over the imported labels, read by range.
import type { LabelRecord } from '../contract/records';
import { openStudio } from './open';

/** Rows `from` (inclusive) to `to` (exclusive), by their place in the family's first version. */
export function labelRange(projectId: string, rootId: string, from: number, to: number): IDBKeyRange {
  return IDBKeyRange.bound([projectId, rootId, from], [projectId, rootId, to], false, true);
}

/** The overlay of a stretch of rows, in row order. */
export async function readLabels(
  projectId: string,
  rootId: string,
  from = 0,
  to = Number.MAX_SAFE_INTEGER,
): Promise<LabelRecord[]> {
  const db = await openStudio();
  return await db.getAllFromIndex('labels', 'position', labelRange(projectId, rootId, from, to));
}

export async function getLabel(projectId: string, rowId: string): Promise<LabelRecord | null> {
  const db = await openStudio();
  return (await db.get('labels', [projectId, rowId])) ?? null;
}

/** How many rows of a family carry a label of their own. */
export async function countLabels(projectId: string, rootId: string): Promise<number> {
  const db = await openStudio();
  return await db.countFromIndex('labels', 'position', labelRange(projectId, rootId, 0, Number.MAX_SAFE_INTEGER));
}
