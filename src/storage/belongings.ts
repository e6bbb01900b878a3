// Everything that belongs to a project, store by store, as ranges and keys: what a removal deletes and a backup
// holds. A new store that belongs to projects gets its line here, or neither would know of it.
import { openStudio } from './open';
import type { StoreName } from './schema';
import { partsOf } from './weights';

export type BelongingStore = Exclude<
  StoreName,
  'settings' | 'facts' | 'bases' | 'baseFiles' | 'hubDownloads' | 'hubParts' | 'textVectors'
>;
export interface Belonging {
  store: BelongingStore;
  /** Ranges of keys, or single keys. */
  keys: (IDBKeyRange | string | number)[];
}

/** In the order a restore needs: the project first; what is pointed at before what points. */
export async function belongingsOf(projectId: string): Promise<Belonging[]> {
  const db = await openStudio();
  const [datasets, corrections, edits, runs, models, deployments] = await Promise.all([
    db.getAllKeysFromIndex('datasets', 'project', projectId),
    db.getAllKeysFromIndex('corrections', 'project', projectId),
    db.getAllKeysFromIndex('edits', 'project', projectId),
    db.getAllKeysFromIndex('runs', 'project', projectId),
    db.getAllFromIndex('models', 'project', projectId),
    db.getAllKeysFromIndex('deployments', 'project', projectId),
  ]);
  const checkpoints = (await Promise.all(runs.map((run) => db.getAllKeysFromIndex('checkpoints', 'run', run)))).flat();
  const weights = [...checkpoints, ...models.map((model) => model.weightsId)];
  const numbered = (id: string | number): IDBKeyRange => IDBKeyRange.bound([id, 0], [id, Infinity]);
  return [
    { store: 'projects', keys: [projectId] },
    { store: 'rowPages', keys: datasets.map(numbered) },
    { store: 'datasets', keys: datasets },
    { store: 'labels', keys: [named(projectId)] },
    { store: 'labelBlocks', keys: [named(projectId)] },
    { store: 'corrections', keys: corrections },
    { store: 'edits', keys: edits },
    { store: 'editParts', keys: edits.map(numbered) },
    { store: 'runs', keys: runs },
    { store: 'runEvents', keys: runs.map(numbered) },
    { store: 'frozenSplits', keys: runs.map(named) },
    { store: 'weights', keys: [...weights, ...weights.map(partsOf)] },
    { store: 'checkpoints', keys: checkpoints },
    { store: 'models', keys: models.map((model) => model.id) },
    { store: 'deployments', keys: deployments },
  ];
}

/** All keys [id, anything textual]. */
function named(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, ''], [id, []], false, true);
}
