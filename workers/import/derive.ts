// A new immutable version of a data set: rows removed, moved between splits, edited or mapped anew. Rows keep their
// ids, so labels given to them stay theirs. Nothing of the parent changes.
import type { DatasetChange } from '../../src/contract/data';
import { DatasetError } from '../../src/contract/errors';
import type { Cell, Dataset, Mapping } from '../../src/contract/records';
import { DatasetAnalysis } from '../../src/lib/dataset-report';
import { PageReader } from '../../src/lib/dataset-report-page';
import { hashOfPages } from '../../src/lib/hash';
import { newId } from '../../src/lib/ids';
import { getDataset, listVersions, putDataset } from '../../src/storage/datasets';
import { dictionaryOf, encodePage, splitCode, type PageView } from '../../src/storage/row-page-codec';
import { readPages } from '../../src/storage/row-pages';
import { planChange, type RowChanges } from './derive-plan';
import { whileHeld } from './import-lock';
import type { Job } from './job';
import { PageSink } from './page-sink';

export async function deriveDataset(datasetId: string, change: DatasetChange, job: Job): Promise<Dataset> {
  const parent = await getDataset(datasetId);
  const plan = await planChange(parent, change, job);
  if (plan.kept === 0) throw new DatasetError('No row would be left. Nothing was changed; choose fewer rows.');
  const id = newId('set');
  return whileHeld(id, async () => {
    const sink = new PageSink(id);
    try {
      return await writeVersion(parent, plan, sink, job);
    } catch (error) {
      await sink.discard();
      throw error;
    }
  });
}

async function writeVersion(parent: Dataset, plan: RowChanges, sink: PageSink, job: Job): Promise<Dataset> {
  const mapping: Mapping = plan.mapping ?? parent.mapping;
  const analysis = new DatasetAnalysis(mapping);
  const reader = new PageReader(mapping);
  for await (const { firstRow, view } of readPages(parent)) {
    await rewrite(parent, view, firstRow, plan, reader, analysis, sink);
    job.rows += view.rows;
    await job.step('storing', parent.name);
  }
  const { stats, warnings, multiLabel } = analysis.finish();
  const digests = await sink.finish();
  await job.step('storing', parent.name);
  const versions = (await listVersions(parent.projectId)).filter((version) => version.rootId === parent.rootId);
  const dataset: Dataset = {
    ...parent,
    id: sink.datasetId,
    parent: parent.id,
    version: Math.max(...versions.map((version) => version.version), parent.version) + 1,
    origin: plan.origin,
    createdAt: Date.now(),
    rows: sink.rows,
    mapping,
    multiLabel,
    hash: await hashOfPages({ columns: parent.columns, mapping }, digests),
    report: {
      errors: [],
      warnings: [...plan.warnings, ...warnings],
      stats: { ...stats, rowsRead: parent.rows, rowsRefused: 0, sizeBytes: sink.sizeBytes },
      files: parent.report.files,
    },
    sizeBytes: sink.sizeBytes,
    pageStarts: sink.pageStarts,
  };
  await putDataset(dataset);
  return dataset;
}

async function rewrite(
  parent: Dataset,
  view: PageView,
  firstRow: number,
  plan: RowChanges,
  reader: PageReader,
  analysis: DatasetAnalysis,
  sink: PageSink,
): Promise<void> {
  const rows: number[] = [];
  for (let row = 0; row < view.rows; row++) if (plan.keep?.[firstRow + row] !== 0) rows.push(row);
  if (rows.length === 0) return;
  const ordinals = Uint32Array.from(rows, (row) => view.ordinal(row));
  const consecutive = ordinals[ordinals.length - 1]! - ordinals[0]! === rows.length - 1;
  const splitOf = (row: number): number => plan.splits?.[firstRow + row] ?? splitCode(view.split(row));
  const splits = Uint8Array.from(rows, splitOf);
  const cells = parent.columns.map((name) => {
    const column = view.column(name);
    return rows.map((row): Cell => {
      const edited = plan.edits?.get(view.ordinal(row));
      return edited?.has(name) ? (edited.get(name) ?? null) : (column[row] ?? null);
    });
  });
  const dictionaries = cells.map(dictionaryOf);
  const given = splits.some((code) => code !== 0) ? splits : null;
  const numbers = Array.from(ordinals, (ordinal) => ordinal + 1);
  analysis.add(
    reader.look({ columns: parent.columns, cells, rows: rows.length, dictionaries, splits: given, first: 1, numbers }),
  );
  const bytes = encodePage(
    {
      columns: parent.columns,
      cells,
      rows: rows.length,
      ordinals: consecutive ? ordinals[0]! : ordinals,
      splits: given,
    },
    dictionaries,
  );
  await sink.put(bytes, rows.length);
}
