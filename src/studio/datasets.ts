// Data sets of the facade: import and what is made of it. Each act that makes a version also makes it the one the
// project works on and tells the project its labels (adopt-dataset.ts, in the worker).
import { AbortError, DatasetError } from '../contract/errors';
import type { Dataset } from '../contract/records';
import type { ImportResult, StudioApi } from '../contract/studio';
import { newId } from '../lib/ids';
import { announceHere } from '../storage/changes';
import { getDataset, listDatasets, listVersions, purgeDataset } from '../storage/datasets';
import { hide, unhide } from '../storage/hidden';
import { getProject, updateProject } from '../storage/projects';
import { createActs, type Acts } from './acts';
import type { StudioContext } from './context';
import { schedulePurge } from './purge';

function resultOf(dataset: Dataset): ImportResult {
  const { id, parent, rows, columns, mapping, hash, report } = dataset;
  return { id, ...(parent === undefined ? {} : { parent }), rows, columns, mapping, hash, report };
}

/** The worker has made it the project's in the write that stored it; this tab's screens hear of it at once. */
function adopted(dataset: Dataset): ImportResult {
  announceHere({ stores: ['datasets', 'projects'], projectId: dataset.projectId });
  return resultOf(dataset);
}

export function createDatasets(context: StudioContext, acts: Acts = createActs(context)): StudioApi['datasets'] {
  const { data } = context;

  async function change(id: string, what: Parameters<typeof data.derive>[1]): Promise<ImportResult> {
    const { projectId } = await getDataset(id);
    return adopted(await acts.act(projectId, () => data.derive(id, what)));
  }

  return {
    preview: (files, options = {}) => data.preview(files, options),
    async import(projectId, files, options = {}) {
      const { onProgress, signal, ...rest } = options;
      const list = checkedFiles(files);
      await getProject(projectId);
      const dataset = await acts.beside(projectId, () => {
        signal?.throwIfAborted();
        const jobId = newId('job');
        const importing = data.importFiles(jobId, projectId, list, rest, (progress) => onProgress?.(progress));
        return signal ? cancellable(importing, signal, () => data.cancel(jobId)) : importing;
      });
      return adopted(dataset);
    },
    list: (projectId, options) => (options?.versions ? listVersions(projectId) : listDatasets(projectId)),
    get: getDataset,
    rows: (id, query) => data.rows(id, query),
    rowIds: (id, where) => data.rowIds(id, where),
    stats: async (id) => (await data.stats(id)).stats,
    validate: (id) => data.stats(id),
    remap: (id, mapping) => change(id, { kind: 'mapping', mapping }),
    clean: (id, options) => change(id, { kind: 'clean', ...options }),
    split: (id, { train, validation, test, seed = 42, stratify = true, group }) =>
      change(id, {
        kind: 'split',
        fractions: { train, validation, test },
        seed,
        stratify,
        ...(group === undefined ? {} : { group }),
      }),
    assignSplit: (id, rowIds, split) => change(id, { kind: 'assign-split', rowIds, split }),
    removeRows: (id, rowIds) => change(id, { kind: 'remove', rowIds }),
    edit: (id, cells) => change(id, { kind: 'edit', cells }),
    export: (id, format) => data.exportDataset(id, format),
    async remove(id) {
      const dataset = await getDataset(id);
      await context.requireWriter(dataset.projectId);
      await hide('datasets', dataset, purgeDataset);
      await leave(dataset);
      schedulePurge();
    },
    restoreRemoved: (id) => unhide('datasets', id),
  };
}

function checkedFiles(files: File[]): File[] {
  const list = Array.isArray(files) ? files : Array.from(files as ArrayLike<File>);
  if (list.length === 0) throw new DatasetError('No file was given. Choose at least one.');
  if (!list.every((file) => file instanceof File)) throw new DatasetError('datasets.import takes File objects.');
  return list;
}

/** The project goes on with the version before, or with any other data set there is. */
async function leave(removed: Dataset): Promise<void> {
  const left = await listVersions(removed.projectId);
  const next = left.find((dataset) => dataset.id === removed.parent) ?? left.at(-1);
  await updateProject(removed.projectId, (project) => {
    if (project.activeDatasetId !== removed.id) return project;
    const { activeDatasetId: _gone, ...rest } = project;
    return next ? { ...rest, activeDatasetId: next.id } : rest;
  });
}

/** Rejects at once when aborted; the worker stops at its next page and leaves nothing behind. */
function cancellable<T>(work: Promise<T>, signal: AbortSignal, cancel: () => Promise<void>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel().catch(() => undefined);
    };
    signal.addEventListener('abort', stop, { once: true });
    work
      .then(resolve, (error: unknown) =>
        reject(signal.aborted && !(error instanceof AbortError) ? new AbortError() : error),
      )
      .finally(() => signal.removeEventListener('abort', stop));
  });
}
