// Writing delimited text that no spreadsheet runs: a cell that would start a formula gets an apostrophe in front,
// numbers stay numbers, and our own import takes the apostrophe away again, so that parse(write(x)) = x.
import type { Cell } from '../contract/records';

const opensFormula = /^[=+\-@\t\r]/;
const guarded = /^'+[=+\-@\t\r]/;
const plainNumber = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** Puts an apostrophe before what a spreadsheet would run, and before what looks guarded already. */
export function guard(cell: string): string {
  if (guarded.test(cell)) return `'${cell}`;
  return opensFormula.test(cell) && !plainNumber.test(cell) ? `'${cell}` : cell;
}

/** Takes one apostrophe of a guarded cell away; anything else is left as it is. */
export function unguard(cell: string): string {
  return guarded.test(cell) ? cell.slice(1) : cell;
}

function quote(cell: string): string {
  return /["\n\r,;\t|]|^\s|\s$|^$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

export function csvCell(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell);
  return quote(guard(typeof cell === 'string' ? cell : JSON.stringify(cell)));
}

/** One line, comma-separated, ended by '\n'. */
export function csvLine(cells: readonly (Cell | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\n`;
}
