// Rows of a version as maps need them: texts at some places, and labels in force with splits. Page by page.
import type { MapRows } from '../../src/contract/map';
import type { Dataset, Split } from '../../src/contract/records';
import { readLabelledRows, type LabelledRow } from '../../src/storage/labelled-rows';

/** Rows at these ascending places, one list a page. `from`: place of the list's first row among `places`. */
export async function* rowsAt(
  dataset: Dataset,
  places: Uint32Array,
): AsyncGenerator<{ from: number; rows: LabelledRow[] }> {
  let at = 0;
  let first = 0;
  for await (const page of readLabelledRows(dataset)) {
    const from = at;
    const rows: LabelledRow[] = [];
    while (at < places.length && places[at]! < first + page.length) rows.push(page[places[at++]! - first]!);
    first += page.length;
    if (rows.length > 0) yield { from, rows };
    if (at === places.length) return;
  }
}

export async function factsOf(dataset: Dataset, places: Uint32Array): Promise<MapRows> {
  const indices = new Map<string, number>();
  const label = new Int32Array(places.length).fill(-1);
  const rowIds: string[] = [];
  const splits: (Split | null)[] = [];
  for await (const { from, rows } of rowsAt(dataset, places))
    rows.forEach((row, i) => {
      rowIds.push(row.rowId);
      splits.push(row.split);
      const [own] = row.labels;
      if (own === undefined) return;
      const index = indices.get(own) ?? indices.size;
      indices.set(own, index);
      label[from + i] = index;
    });
  return { rowIds, labels: [...indices.keys()], label, splits };
}
