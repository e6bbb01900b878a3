// The report of a version with the labels in force: what the import counted, corrected by the labels given since.
// Only pages with such labels are read.
import type { Dataset, DatasetReport, LabelState } from '../../src/contract/records';
import { getDataset } from '../../src/storage/datasets';
import { readOverlay } from '../../src/storage/labels';
import { pageStarts, readPage, readPages } from '../../src/storage/row-pages';
import { RowView } from './row-view';
import { pageOfRow } from './rows-query';

export async function reportInForce(datasetId: string): Promise<DatasetReport> {
  const dataset = await getDataset(datasetId);
  const overlay = await readOverlay(dataset.projectId, dataset.rootId, 0, Infinity);
  if (overlay.size === 0) return dataset.report;
  const { stats } = dataset.report;
  const classes = new Map(Object.entries(stats.classes));
  let { labelled } = stats;
  const count = (labels: readonly string[], by: number): void => {
    for (const label of labels) classes.set(label, (classes.get(label) ?? 0) + by);
  };
  for await (const view of touchedPages(dataset, overlay)) {
    const bare = new RowView(dataset, view.page, new Map());
    for (let row = 0; row < view.rows; row++) {
      if (!view.touched(row)) continue;
      const [before, after] = [bare.labels(row), view.labels(row)];
      count(before.labels, -1);
      count(after.labels, 1);
      labelled += Number(after.origin !== null) - Number(before.origin !== null);
    }
  }
  const sorted = [...classes].filter(([, rows]) => rows > 0).sort((a, b) => b[1] - a[1]);
  return {
    ...dataset.report,
    stats: { ...stats, labelled, unlabelled: dataset.rows - labelled, classes: Object.fromEntries(sorted) },
  };
}

/** In a first version a row's ordinal is its place, so only pages with labels are read; later ones are walked. */
async function* touchedPages(dataset: Dataset, overlay: ReadonlyMap<number, LabelState>): AsyncGenerator<RowView> {
  if (dataset.rootId !== dataset.id) {
    for await (const { view } of readPages(dataset)) yield new RowView(dataset, view, overlay);
    return;
  }
  const starts = await pageStarts(dataset);
  const pages = new Set([...overlay.keys()].map((ordinal) => pageOfRow(starts, ordinal)));
  for (const page of pages) yield new RowView(dataset, (await readPage(dataset.id, page)).view, overlay);
}
