// A chart as a table: what the table view shows and what the CSV holds. Cells that a spreadsheet would run as a formula
// are quoted as text; numbers stay numbers.

export interface ChartTable {
  columns: string[];
  rows: (string | number | null)[][];
}

function csvCell(cell: string | number | null): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180 with a header line; never more than one value a cell. */
export function chartTableToCsv(table: ChartTable): string {
  return [table.columns, ...table.rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}
