// The registry: a version per finished run. The weights lie in `weights` under `weightsId`.
import { NotFoundError } from '../contract/errors';
import type { Model, TensorMap } from '../contract/records';
import { isShown } from './hidden';
import { openStudio } from './open';
import { write } from './transact';
import { deleteWeights, putWeights } from './weights';

export async function getModel(id: string): Promise<Model> {
  const model = await (await openStudio()).get('models', id);
  if (!isShown(model))
    throw new NotFoundError(`There is no model "${id}". It may have been removed; look under Models.`);
  return model;
}

/** Oldest version first. */
export async function listModels(projectId: string): Promise<Model[]> {
  const models = await (await openStudio()).getAllFromIndex('models', 'project', projectId);
  return models.filter(isShown).sort((a, b) => a.version - b.version);
}

export async function putModel(model: Model): Promise<void> {
  await write(['models'], (tx) => tx.objectStore('models').put(model), { projectId: model.projectId });
}

/**
 * Registers a version with its weights in one flushed transaction. A run registers once: where its model is
 * there already (a crash between this and the run's own record), that one is replaced under its old number.
 */
export async function registerModel(
  draft: Omit<Model, 'version' | 'name'>,
  tensors: TensorMap,
  meta: Record<string, unknown>,
): Promise<Model> {
  return write(
    ['models', 'weights'],
    async (tx) => {
      const store = tx.objectStore('models');
      const others = await store.index('project').getAll(draft.projectId);
      const earlier = others.find((model) => draft.runId !== null && model.runId === draft.runId);
      const version = earlier?.version ?? 1 + others.reduce((most, model) => Math.max(most, model.version), 0);
      const model: Model = { ...draft, version, name: `v${version}` };
      if (earlier) {
        model.id = earlier.id;
        await deleteWeights(tx.objectStore('weights'), earlier.weightsId);
      }
      await store.put(model);
      await putWeights(tx.objectStore('weights'), {
        id: model.weightsId,
        ...(draft.runId === null ? {} : { runId: draft.runId }),
        tensors,
        meta,
      });
      return model;
    },
    { projectId: draft.projectId, durability: 'strict' },
  );
}

/** Deletes a version with its weights. */
export async function purgeModel(id: string): Promise<void> {
  const model = await (await openStudio()).get('models', id);
  if (!model) return;
  await write(
    ['models', 'weights'],
    (tx) =>
      Promise.all([tx.objectStore('models').delete(id), deleteWeights(tx.objectStore('weights'), model.weightsId)]),
    { projectId: model.projectId, durability: 'strict' },
  );
}
