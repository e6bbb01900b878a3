// Listing records of data sets: immutable versions. The rows themselves lie in row-pages.ts.
import { NotFoundError } from '../contract/errors';
import type { Dataset } from '../contract/records';
import { isShown } from './hidden';
import { openStudio } from './open';
import { write } from './transact';

export async function findDataset(id: string): Promise<Dataset | undefined> {
  const dataset = await (await openStudio()).get('datasets', id);
  return isShown(dataset) ? dataset : undefined;
}

export async function getDataset(id: string): Promise<Dataset> {
  const dataset = await findDataset(id);
  if (!dataset)
    throw new NotFoundError(
      `There is no data set ${id}. It may have been removed; datasets.list names those there are.`,
    );
  return dataset;
}

/** All versions, oldest first. */
export async function listVersions(projectId: string): Promise<Dataset[]> {
  const all = await (await openStudio()).getAllFromIndex('datasets', 'project', projectId);
  return all.filter(isShown).sort((a, b) => a.createdAt - b.createdAt || a.version - b.version);
}

/** The newest version of every family, in the order the families were made. */
export async function listDatasets(projectId: string): Promise<Dataset[]> {
  const newest = new Map<string, Dataset>();
  for (const dataset of await listVersions(projectId)) {
    const known = newest.get(dataset.rootId);
    if (!known || dataset.version >= known.version) newest.set(dataset.rootId, dataset);
  }
  return [...newest.values()];
}

/** The last write of an import: from here on the version exists. */
export async function putDataset(dataset: Dataset): Promise<void> {
  await write(['datasets'], (tx) => tx.objectStore('datasets').put(dataset), { projectId: dataset.projectId });
}

/** Deletes a version and its rows in one transaction. Labels stay: they belong to the rows of the whole family. */
export async function purgeDataset(id: string): Promise<void> {
  const dataset = await (await openStudio()).get('datasets', id);
  if (!dataset) return;
  await write(
    ['datasets', 'rowPages'],
    async (tx) => {
      await tx.objectStore('datasets').delete(id);
      await tx.objectStore('rowPages').delete(IDBKeyRange.bound([id, 0], [id, Infinity]));
    },
    { projectId: dataset.projectId, durability: 'strict' },
  );
}
