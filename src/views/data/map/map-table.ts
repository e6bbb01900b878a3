// The points of a map as a table: what its table view shows and its CSV holds.
import type { EmbeddingMap, MapRows } from '../../../contract/map';
import type { ChartTable } from '../../../ui/charts/table';
import type { Judged } from './map-groups';

export function mapTable(
  { places, positions }: EmbeddingMap,
  rows: MapRows,
  judged: ReadonlyMap<string, Judged>,
): ChartTable {
  const answers = judged.size > 0;
  return {
    columns: ['Row', 'Label', 'Split', ...(answers ? ['Answer', 'Right'] : []), 'x', 'y'],
    rows: Array.from(places, (place, point) => {
      const answer = judged.get(rows.rowIds[point] ?? '');
      return [
        place + 1,
        rows.labels[rows.label[point] ?? -1] ?? null,
        rows.splits[point] ?? null,
        ...(answers ? [answer?.predicted ?? null, answer ? (answer.right ? 'yes' : 'no') : null] : []),
        positions[point * 2] ?? null,
        positions[point * 2 + 1] ?? null,
      ];
    }),
  };
}
