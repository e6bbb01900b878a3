// Corrections are kept for ever, also undone ones. They are written with their label and edit, by act.ts.
import type { Correction } from '../contract/records';
import { openStudio } from './open';

/** Oldest first, undone ones included and marked. */
export async function listCorrections(projectId: string): Promise<Correction[]> {
  const db = await openStudio();
  const all = await db.getAllFromIndex('corrections', 'project', projectId);
  return all.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}
