// The projects' own records. What belongs to a project lies in other stores; removal.ts takes it all away.
import { NotFoundError, StorageError } from '../contract/errors';
import type { Project } from '../contract/records';
import { openStudio } from './open';
import { write } from './transact';

/** Every project that is not removed, last opened first. */
export async function listProjects(): Promise<Project[]> {
  const db = await openStudio();
  const all = await db.getAll('projects');
  return all.filter((project) => project.removedAt === undefined).sort((a, b) => b.openedAt - a.openedAt);
}

/** Rejects with NotFoundError where there is none, or where it was removed. */
export async function getProject(id: string): Promise<Project> {
  const db = await openStudio();
  return presentProject(typeof id === 'string' ? await db.get('projects', id) : undefined, id);
}

/** The project, or the refusal that says it is not there. */
export function presentProject(project: Project | undefined, id: string): Project {
  if (!project || project.removedAt !== undefined)
    throw new NotFoundError(
      `There is no project "${String(id)}" in this browser. It may have been removed; open one from the list of projects.`,
    );
  return project;
}

export async function putProject(project: Project): Promise<void> {
  await write(['projects'], async (tx) => void (await tx.objectStore('projects').put(project)), {
    projectId: project.id,
  });
}

/** Reads, changes and writes in one transaction, so that no change of another part is lost. */
export async function updateProject(
  id: string,
  change: (project: Project) => Project,
  durability: 'strict' | 'relaxed' = 'relaxed',
): Promise<Project> {
  return await write(
    ['projects'],
    async (tx) => {
      const store = tx.objectStore('projects');
      const changed = change(presentProject(await store.get(id), id));
      if (changed.id !== id) throw new StorageError('A project keeps its id. Nothing was changed.');
      await store.put(changed);
      return changed;
    },
    { projectId: id, durability },
  );
}

/** The project with these labels known too, in the order given; the same object where all were known. */
export function withLabels(project: Project, labels: readonly string[]): Project {
  const known = new Set(project.labels);
  const added = labels.filter((label) => !known.has(label) && known.add(label));
  return added.length ? { ...project, labels: [...project.labels, ...added] } : project;
}
