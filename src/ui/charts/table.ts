// A chart as a table: what the table view shows and what the CSV holds. How CSV is written is csv-write.ts's business.
import { csvLine } from '../../formats/csv-write';

export interface ChartTable {
  columns: string[];
  rows: (string | number | null)[][];
}

/** A header line and one line a row; never more than one value a cell. */
export function chartTableToCsv(table: ChartTable): string {
  return [table.columns, ...table.rows].map(csvLine).join('');
}
