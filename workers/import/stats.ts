// The report of a version with the labels in force: what the import counted, corrected by the labels given since.
// Counts need only pages with such labels; what is said about conflicts and classes needs all (label-findings.ts).
import type { Dataset, DatasetReport, LabelState } from '../../src/contract/records';
import { getDataset } from '../../src/storage/datasets';
import { readOverlay } from '../../src/storage/labels';
import { pageStarts, readPage, readPages } from '../../src/storage/row-pages';
import { labelFindings } from './label-findings';
import { RowView } from './row-view';
import { pageOfRow } from './rows-query';

/** Above this conflicts and classes stay as the version was made: labelling must not wait for a walk over all rows. */
const mostRowsLookedAt = 200_000;

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
  const findings = dataset.rows > mostRowsLookedAt ? null : await labelFindings(dataset, overlay);
  const { conflicting, warnings } = findings ?? { conflicting: stats.conflicting, warnings: dataset.report.warnings };
  const sorted = [...classes].filter(([, rows]) => rows > 0).sort((a, b) => b[1] - a[1]);
  return {
    ...dataset.report,
    warnings,
    stats: {
      ...stats,
      conflicting,
      labelled,
      unlabelled: dataset.rows - labelled,
      classes: Object.fromEntries(sorted),
    },
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
