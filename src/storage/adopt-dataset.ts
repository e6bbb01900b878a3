// The last write of an import or of a new version: the data set's record, its number within its family, and the
// project that now works on it, in one transaction. Before it nothing is visible; a kill leaves both or neither.
import type { Dataset } from '../contract/records';
import { withLabels } from './projects';
import { write } from './transact';

/** @param labels in force in its rows, most frequent first; those new to the project join its labels */
export async function adoptDataset(dataset: Dataset, labels: readonly string[]): Promise<Dataset> {
  return await write(
    ['datasets', 'projects'],
    async (tx) => {
      const stored = await tx.objectStore('datasets').index('project').getAll(dataset.projectId);
      // Removed versions count too: they may be brought back.
      const taken = stored.flatMap((other) => (other.rootId === dataset.rootId ? [other.version] : []));
      const numbered = { ...dataset, version: Math.max(0, ...taken) + 1 };
      await tx.objectStore('datasets').put(numbered);
      const project = await tx.objectStore('projects').get(dataset.projectId);
      if (project)
        await tx.objectStore('projects').put({ ...withLabels(project, labels), activeDatasetId: dataset.id });
      return numbered;
    },
    { projectId: dataset.projectId },
  );
}
