// Bases as the facade shows them: add a folder, list, rename, remove and take that back, compare with a reference. What
// they compute is asked of the training worker; embedding is in embed.ts.
import { starterId, type Base } from '../contract/bases';
import { DatasetError, isStudioError, RecipeError, UnsupportedError } from '../contract/errors';
import type { HubBases, StudioApi } from '../contract/studio';
import { getBase, listBases, markBase, purgeBase, renameBase } from '../storage/bases';
import { listAllRuns } from '../storage/runs';
import { getSettings } from '../storage/settings';
import { asStorageError } from '../storage/transact';
import { asJob } from './as-job';
import type { StudioContext } from './context';
import { schedulePurge } from './purge';

const longestName = 200;

export function createBases({ trainer, onnx }: StudioContext): Omit<StudioApi['bases'], keyof HubBases> {
  let starter: Promise<Base> | null = null;
  const theStarter = (): Promise<Base> => {
    starter ??= trainer.starter().catch((error: unknown) => {
      starter = null;
      throw error;
    });
    return starter;
  };
  const get = (id: string): Promise<Base> => (id === starterId ? theStarter() : getBase(id));
  return {
    async add(files, { name, onProgress = () => undefined, signal } = {}) {
      const given = checkedFiles(files);
      const called = name === undefined ? undefined : checkedName(name);
      const base = await asJob(trainer, signal, (jobId) => trainer.addBase(jobId, given, onProgress));
      return called === undefined || called === base.name ? base : renameBase(base.id, called);
    },
    async list() {
      // A build without the starter's files still has the others.
      const first = await theStarter().catch((error: unknown) => {
        if (isStudioError(error) && error.name === 'NotFoundError') return null;
        throw error;
      });
      return [...(first ? [first] : []), ...(await listBases())];
    },
    get,
    async rename(id, name) {
      refuseStarter(id, 'renamed');
      return renameBase(id, checkedName(name));
    },
    async remove(id) {
      refuseStarter(id, 'removed');
      const base = await getBase(id);
      await refuseInUse(base);
      try {
        await markBase(id, Date.now());
      } catch (error) {
        // On a disk so full that even the mark does not fit, it goes at once.
        if (asStorageError(error).name !== 'StorageError') throw error;
        await purgeBase(id);
      }
      schedulePurge();
      await trainer.unload(id);
      await onnx.unload(id);
    },
    restoreRemoved: (id) => markBase(id, null),
    async check(id, files) {
      const given = checkedFiles(files);
      await get(id);
      return trainer.checkBase(id, given, (await getSettings()).backend);
    },
  };
}

function checkedFiles(files: unknown): File[] {
  if (!Array.isArray(files) || !files.every((file) => file instanceof File))
    throw new DatasetError("Give the files of a model's folder as a list of File objects.");
  return files;
}

function checkedName(name: unknown): string {
  const text = typeof name === 'string' ? name.trim() : '';
  if (text === '' || text.length > longestName)
    throw new RecipeError(`The name of a base has 1 to ${longestName} characters.`);
  return text;
}

function refuseStarter(id: string, what: string): void {
  if (id === starterId) throw new UnsupportedError(`The starter comes with the app and cannot be ${what}.`);
}

const underWay: ReadonlySet<string> = new Set(['queued', 'running', 'paused', 'interrupted']);

async function refuseInUse(base: Base): Promise<void> {
  const user = (await listAllRuns()).find(
    (run) => run.removedAt === undefined && underWay.has(run.status) && run.recipe.config['base'] === base.id,
  );
  if (user)
    throw new DatasetError(
      `${base.name} is what ${user.name} starts from, and that run is ${user.status}. Stop it or wait for its end; nothing was removed.`,
    );
}
