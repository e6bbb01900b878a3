// What differs between two versions of one data set, by row id. Rows keep their order between versions, so both are
// read side by side a stretch at a time; only ids that moved are held.
import type { DatasetRow } from '../../contract/data';
import type { Dataset } from '../../contract/records';
import type { StudioApi } from '../../contract/studio';

export interface VersionDifference {
  added: number;
  removed: number;
  changed: number;
  same: number;
  /** Columns whose cells changed, with the rows they changed in; `split` counts as one. */
  columns: { name: string; rows: number }[];
}

const stretch = 2000;

/** Compares as imported or derived; labels in force are the same for both, so labelling is no difference. */
export async function compareVersions(
  studio: Pick<StudioApi, 'datasets'>,
  older: Dataset,
  newer: Dataset,
  onProgress: (share: number) => void,
): Promise<VersionDifference> {
  const names = [...new Set([...older.columns, ...newer.columns])];
  const counts = new Map<string, number>();
  const waiting = { older: new Map<string, string[]>(), newer: new Map<string, string[]>() };
  const result: VersionDifference = { added: 0, removed: 0, changed: 0, same: 0, columns: [] };
  const cellsOf = (row: DatasetRow): string[] => [
    row.split ?? '',
    ...names.map((name) => JSON.stringify(row[name] ?? null)),
  ];
  const meet = (a: readonly string[], b: readonly string[]): void => {
    let differs = false;
    a.forEach((cell, at) => {
      if (cell === b[at]) return;
      differs = true;
      const name = at === 0 ? 'split' : (names[at - 1] ?? '');
      if (at > 0 && name === newer.mapping.split) return;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    });
    result[differs ? 'changed' : 'same']++;
  };
  const most = Math.max(older.rows, newer.rows);
  for (let offset = 0; offset < most; offset += stretch) {
    const [a, b] = await Promise.all([
      studio.datasets.rows(older.id, { offset, limit: stretch }),
      studio.datasets.rows(newer.id, { offset, limit: stretch }),
    ]);
    for (const row of a.rows) {
      const other = waiting.newer.get(row.id);
      if (other) meet(cellsOf(row), other);
      else waiting.older.set(row.id, cellsOf(row));
      waiting.newer.delete(row.id);
    }
    for (const row of b.rows) {
      const other = waiting.older.get(row.id);
      if (other) meet(other, cellsOf(row));
      else waiting.newer.set(row.id, cellsOf(row));
      waiting.older.delete(row.id);
    }
    onProgress(Math.min(1, (offset + stretch) / most));
  }
  result.removed = waiting.older.size;
  result.added = waiting.newer.size;
  result.columns = Array.from(counts, ([name, rows]) => ({ name, rows })).sort((x, y) => y.rows - x.rows);
  return result;
}
