// A project with one data set and a queued run, stored as the data worker and the facade store them. For tests.
import type { Cell, Dataset, MappedColumn, Run } from '../../src/contract/records';
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
export function storeRows(
  task: string,
  rows: { text: string; labels: string[]; split?: string; confidence?: number }[],
): Promise<StoredRows> {
  const several = rows.some((row) => row.labels.length > 1);
  return storeTable(
    task,
    {
      text: rows.map((row) => row.text),
      [several ? 'labels' : 'label']: rows.map((row) => (several ? row.labels : (row.labels[0] ?? null))),
      split: rows.map((row) => row.split ?? null),
      confidence: rows.map((row) => row.confidence ?? null),
    },
    several,
  );
}

/** Cells by column; each column has the name of its role. */
export async function storeTable(
  task: string,
  table: Partial<Record<MappedColumn, Cell[]>>,
  multiLabel = false,
): Promise<StoredRows> {
  const projectId = newId('project');
  await putProject({ id: projectId, name: 'Test', task, createdAt: 1, openedAt: 1, labels: [] });
  const id = newId('dataset');
  const columns = Object.keys(table);
  const rows = Object.values(table)[0]?.length ?? 0;
  const dataset: Dataset = {
    id,
    projectId,
    name: 'rows.csv',
    version: 1,
    rootId: id,
    origin: 'test',
    createdAt: 1,
    rows,
    columns,
    mapping: Object.fromEntries(columns.map((name) => [name, name])),
    multiLabel,
    hash: '',
    sizeBytes: 0,
    report: {
      errors: [],
      warnings: [],
      files: [],
      stats: {
        rowsRead: rows,
        rowsKept: rows,
        rowsRefused: 0,
        labelled: 'label' in table || 'labels' in table ? rows : 0,
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
  const bytes = encodePage({ columns, cells: Object.values(table), rows, ordinals: 0, splits: null });
  await putPages(id, [{ page: 0, firstRow: 0, rows, bytes }]);
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
