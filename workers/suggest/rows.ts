// The rows that a head for labelling learns from: texts and imported labels of a version are read once, the labels in force
// again whenever a person has changed some. Of a large version an evenly drawn part.
import type { Cell, Dataset } from '../../src/contract/records';
import { textOf } from '../../src/lib/mapping-cells';
import { labelColumn, labelsInForce } from '../../src/storage/labelled-rows';
import { readOverlay } from '../../src/storage/labels';
import { readPages } from '../../src/storage/row-pages';
import { evenPlaces } from '../map/drawn';

/** Of a larger version so many rows are drawn evenly: a refit over more takes longer than one wants to wait after a label. */
export const mostRows = 20_000;

export interface SuggestionRows {
  texts: string[];
  /** Ascending: of each row in the family's first version. */
  ordinals: Float64Array;
  /** Cells of the column of labels, as imported. */
  cells: (Cell | undefined)[];
}

/** What the rows are taken to be now. */
export interface RowLabels {
  /** Of each row: empty where nobody said anything, and null so that several labels tell "none" from "not looked at". */
  ofRow: (readonly string[] | null)[];
  /** Labels that some row has, in alphabetical order. */
  labels: string[];
  /** When the last one was given by a person; 0 where all are imported. */
  changedAt: number;
}

export async function readSuggestionRows(dataset: Dataset): Promise<SuggestionRows> {
  const { text } = dataset.mapping;
  const { name } = labelColumn(dataset.mapping);
  const places = evenPlaces(dataset.rows, mostRows);
  const rows: SuggestionRows = { texts: [], ordinals: new Float64Array(places.length), cells: [] };
  if (text === undefined) return rows;
  let at = 0;
  for await (const { firstRow, view } of readPages(dataset)) {
    const texts = view.column(text);
    const cells = name === undefined ? [] : view.column(name);
    for (; at < places.length && places[at]! < firstRow + view.rows; at++) {
      const index = places[at]! - firstRow;
      rows.texts.push(textOf(texts[index]));
      rows.ordinals[at] = view.ordinal(index);
      rows.cells.push(cells[index]);
    }
  }
  return rows;
}

export async function readRowLabels(dataset: Dataset, { texts, ordinals, cells }: SuggestionRows): Promise<RowLabels> {
  const { several } = labelColumn(dataset.mapping);
  const { projectId, rootId } = dataset;
  const last = ordinals.at(-1);
  const overlay = last === undefined ? null : await readOverlay(projectId, rootId, ordinals[0]!, last);
  const known = new Set<string>();
  let changedAt = 0;
  const ofRow = texts.map((_, row) => {
    const record = overlay?.get(ordinals[row]!);
    if (record) changedAt = Math.max(changedAt, record.at);
    const { labels, origin } = labelsInForce(cells[row], several, record);
    for (const label of labels) known.add(label);
    return origin === null || (labels.length === 0 && !several) ? null : labels;
  });
  return { ofRow, labels: [...known].sort(), changedAt };
}
