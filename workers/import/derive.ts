// A new immutable version of a data set: rows removed, moved between splits, edited or mapped anew. Rows keep their
// ids, so labels given to them stay theirs. Nothing of the parent changes.
import type { DatasetChange } from '../../src/contract/data';
import { DatasetError } from '../../src/contract/errors';
import type { Cell, Dataset, Mapping } from '../../src/contract/records';
import { DatasetAnalysis, mostClasses } from '../../src/lib/dataset-report';
import { PageReader } from '../../src/lib/dataset-report-page';
import { hashOfPages } from '../../src/lib/hash';
import { newId } from '../../src/lib/ids';
import { adoptDataset } from '../../src/storage/adopt-dataset';
import { getDataset } from '../../src/storage/datasets';
import { labelColumn, labelsInForce, overlayOfPage } from '../../src/storage/labelled-rows';
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
  const inForce = new Map<string, number>();
  for await (const { firstRow, view } of readPages(parent)) {
    await rewrite(parent, mapping, view, firstRow, plan, reader, analysis, inForce, sink);
    job.rows += view.rows;
    await job.step('storing', parent.name);
  }
  const { stats, warnings, multiLabel } = analysis.finish();
  const digests = await sink.finish();
  await job.step('storing', parent.name);
  const dataset: Dataset = {
    ...parent,
    id: sink.datasetId,
    parent: parent.id,
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
  const labels = [...inForce].sort((a, b) => b[1] - a[1]).slice(0, mostClasses);
  return adoptDataset(
    dataset,
    labels.map(([label]) => label),
  );
}

/** Counts labels as they hold in these rows: an imported label that was renamed or corrected since is none. */
async function countInForce(
  parent: Dataset,
  mapping: Mapping,
  view: PageView,
  ordinals: Uint32Array,
  columns: ReadonlyMap<string, readonly Cell[]>,
  counts: Map<string, number>,
): Promise<void> {
  const overlay = await overlayOfPage(parent, view);
  const { name, several } = labelColumn(mapping);
  const cells = name === undefined ? undefined : columns.get(name);
  ordinals.forEach((ordinal, row) => {
    for (const label of labelsInForce(cells?.[row], several, overlay.get(ordinal)).labels)
      counts.set(label, (counts.get(label) ?? 0) + 1);
  });
}

async function rewrite(
  parent: Dataset,
  mapping: Mapping,
  view: PageView,
  firstRow: number,
  plan: RowChanges,
  reader: PageReader,
  analysis: DatasetAnalysis,
  inForce: Map<string, number>,
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
  const byName = new Map(parent.columns.map((name, column) => [name, cells[column]!]));
  await countInForce(parent, mapping, view, ordinals, byName, inForce);
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
