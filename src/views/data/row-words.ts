// How rows and cells are written in tables. Pure.
import type { Cell } from '../../contract/records';
import { parseRowId } from '../../lib/ids';

/** 1-based place in the first version: what people see as the row's number. */
export function rowNumber(rowId: string): number {
  return (parseRowId(rowId)?.ordinal ?? 0) + 1;
}

export function cellWords(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'string' ? cell : typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}
