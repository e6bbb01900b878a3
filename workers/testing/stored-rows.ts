// A project with one data set and a queued run, stored as the data worker and the facade store them. For tests.
import type { Dataset, Run } from '../../src/contract/records';
import { newId } from '../../src/lib/ids';
import { resolveRecipe } from '../../src/lib/recipe';
import { putDataset } from '../../src/storage/datasets';
import { putProject } from '../../src/storage/projects';
import { encodePage } from '../../src/storage/row-page-codec';
import { putPages } from '../../src/storage/row-pages';
import { draftRun } from '../../src/storage/run-draft';
import { addRun } from '../../src/storage/runs';
import type { TaskSpec } from '../../src/tasks/task';

export interface StoredRows {
  projectId: string;
  dataset: Dataset;
}

/** `rows`: text, labels and (where given) the split as a file would name it and how sure it is. */
export async function storeRows(
  task: string,
  rows: { text: string; labels: string[]; split?: string; confidence?: number }[],
): Promise<StoredRows> {
  const projectId = newId('project');
  await putProject({ id: projectId, name: 'Test', task, createdAt: 1, openedAt: 1, labels: [] });
  const several = rows.some((row) => row.labels.length > 1);
  const id = newId('dataset');
  const columns = ['text', several ? 'labels' : 'label', 'split', 'confidence'];
  const dataset: Dataset = {
    id,
    projectId,
    name: 'rows.csv',
    version: 1,
    rootId: id,
    origin: 'test',
    createdAt: 1,
    rows: rows.length,
    columns,
    mapping: {
      ...{ text: 'text', split: 'split', confidence: 'confidence' },
      [several ? 'labels' : 'label']: several ? 'labels' : 'label',
    },
    multiLabel: several,
    hash: '',
    sizeBytes: 0,
    report: {
      errors: [],
      warnings: [],
      files: [],
      stats: {
        rowsRead: rows.length,
        rowsKept: rows.length,
        rowsRefused: 0,
        labelled: rows.length,
        unlabelled: 0,
        classes: {},
        splits: {},
        duplicates: 0,
        conflicting: 0,
        empty: 0,
        tooLong: 0,
        sizeBytes: 0,
        columns: [],
      },
    },
  };
  const bytes = encodePage({
    columns,
    cells: [
      rows.map((row) => row.text),
      rows.map((row) => (several ? row.labels : (row.labels[0] ?? null))),
      rows.map((row) => row.split ?? null),
      rows.map((row) => row.confidence ?? null),
    ],
    rows: rows.length,
    ordinals: 0,
    splits: null,
  });
  await putPages(id, [{ page: 0, firstRow: 0, rows: rows.length, bytes }]);
  await putDataset(dataset);
  return { projectId, dataset };
}

export async function storeRun(
  spec: TaskSpec,
  { projectId, dataset }: StoredRows,
  config: Record<string, unknown>,
  seed = 1,
): Promise<Run> {
  const resolved = resolveRecipe(spec, { config });
  if (resolved.problems.length > 0) throw new Error(resolved.problems.map((one) => one.message).join('; '));
  const recipe = { task: spec.id, dataset: dataset.id, seed, config: resolved.config };
  return addRun(draftRun(projectId, recipe, resolved.changed));
}
