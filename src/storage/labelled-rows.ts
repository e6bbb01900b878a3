// Rows as tasks read them: mapped text, split and group with the labels in force (imported, then labelled or
// corrected). Page by page, in the page as well as in workers; nothing is loaded whole.
import type { Cell, Dataset, LabelState, Mapping, Split } from '../contract/records';
import { rowIdOf } from '../lib/ids';
import { labelsOf, numberOf, splitOf, textOf } from '../lib/mapping-cells';
import { readOverlay } from './labels';
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
  /** How sure the file is of the imported labels; whatever number it gives. */
  confidence?: number;
}

export function overlayOfPage(dataset: Dataset, view: PageView): Promise<Map<number, LabelState>> {
  if (view.rows === 0) return Promise.resolve(new Map());
  return readOverlay(dataset.projectId, dataset.rootId, view.ordinal(0), view.ordinal(view.rows - 1));
}

export interface LabelsInForce {
  labels: string[];
  origin: LabelOrigin | null;
}

/** A record with an empty list and origin 'label' takes the imported label away: the row is unlabelled again. */
export function labelsInForce(cell: Cell | undefined, several: boolean, record: LabelState | undefined): LabelsInForce {
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
    const confidences = cellsOf(mapping.confidence);
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
      const confidence = row.origin === 'imported' ? numberOf(confidences[index]) : null;
      if (confidence !== null) row.confidence = confidence;
      rows.push(row);
    }
    yield rows;
  }
}
