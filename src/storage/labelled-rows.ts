// Rows as tasks read them: mapped text, split and group with the labels in force (imported, then labelled or
// corrected). Page by page, in the page as well as in workers; nothing is loaded whole.
import type { Cell, Dataset, LabelRecord, Mapping, Split } from '../contract/records';
import { rowIdOf } from '../lib/ids';
import { labelsOf, splitOf, textOf } from '../lib/mapping-cells';
import { openStudio } from './open';
import type { PageView } from './row-page-codec';
import { readPages } from './row-pages';

export type LabelOrigin = 'imported' | 'label' | 'correction' | 'rule';

export interface LabelledRow {
  rowId: string;
  text: string;
  /** In force. Empty with an origin: looked at, and none applies. */
  labels: string[];
  split: Split | null;
  origin: LabelOrigin | null;
  group?: string;
}

/** Labels given here to rows `from` to `to` (ordinals, both included), by ordinal. One range read. */
export async function readOverlay(
  projectId: string,
  rootId: string,
  from: number,
  to: number,
): Promise<Map<number, LabelRecord>> {
  const range = IDBKeyRange.bound([projectId, rootId, from], [projectId, rootId, to]);
  const records = await (await openStudio()).getAllFromIndex('labels', 'position', range);
  return new Map(records.map((record) => [record.ordinal, record]));
}

export function overlayOfPage(dataset: Dataset, view: PageView): Promise<Map<number, LabelRecord>> {
  if (view.rows === 0) return Promise.resolve(new Map());
  return readOverlay(dataset.projectId, dataset.rootId, view.ordinal(0), view.ordinal(view.rows - 1));
}

export interface LabelsInForce {
  labels: string[];
  origin: LabelOrigin | null;
}

/** A record with an empty list and origin 'label' takes the imported label away: the row is unlabelled again. */
export function labelsInForce(
  cell: Cell | undefined,
  several: boolean,
  record: LabelRecord | undefined,
): LabelsInForce {
  if (record) {
    if (record.labels.length === 0 && !several) return { labels: [], origin: null };
    return { labels: record.labels, origin: record.origin };
  }
  const imported = labelsOf(cell, several);
  return imported ? { labels: imported, origin: 'imported' } : { labels: [], origin: null };
}

/** The mapped column that holds labels, and whether it may hold several. */
export function labelColumn(mapping: Mapping): { name: string | undefined; several: boolean } {
  return mapping.labels !== undefined
    ? { name: mapping.labels, several: true }
    : { name: mapping.label, several: false };
}

/** All rows of a version in order, one list a page. */
export async function* readLabelledRows(dataset: Dataset): AsyncGenerator<LabelledRow[]> {
  const { mapping } = dataset;
  const label = labelColumn(mapping);
  for await (const { view } of readPages(dataset)) {
    const overlay = await overlayOfPage(dataset, view);
    const cellsOf = (name: string | undefined): readonly Cell[] => (name === undefined ? [] : view.column(name));
    const texts = cellsOf(mapping.text);
    const labels = cellsOf(label.name);
    const splits = cellsOf(mapping.split);
    const groups = cellsOf(mapping.group);
    const rows: LabelledRow[] = [];
    for (let index = 0; index < view.rows; index++) {
      const ordinal = view.ordinal(index);
      const row: LabelledRow = {
        rowId: rowIdOf(dataset.rootId, ordinal),
        text: textOf(texts[index]),
        split: view.split(index) ?? splitOf(splits[index]),
        ...labelsInForce(labels[index], label.several, overlay.get(ordinal)),
      };
      const group = textOf(groups[index]);
      if (group !== '') row.group = group;
      rows.push(row);
    }
    yield rows;
  }
}
