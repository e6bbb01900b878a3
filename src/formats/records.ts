// From JSON records to batches of columns: shapes applied, odd records refused by number, `meta` laid open.
import { LimitError } from '../contract/errors';
import type { Cell } from '../contract/records';
import { isRecord, own, type JsonRecord, type ReadLog, type RowBatch } from './reading';

/** A way of writing rows as JSON records that some tool has. See shapes.ts. */
export interface RecordShape {
  id: string;
  task?: string;
  mapping?: import('../contract/records').Mapping;
  matches(first: JsonRecord): boolean;
  /** The row, or null where it is refused (said to the log). */
  row(record: JsonRecord, number: number, log: ReadLog): JsonRecord | null;
}

export const deepest = 64;

/** True where lists and objects nest deeper than rows ever do; such a cell could not be stored or shown. */
export function isTooDeep(value: Cell, left = deepest): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (left === 0) return true;
  const inner = Array.isArray(value) ? value : Object.values(value);
  return inner.some((item) => isTooDeep(item, left - 1));
}

export function tooDeep(where: string): LimitError {
  return new LimitError(
    `${where} nests lists or objects more than ${String(deepest)} deep. Rows of a data set are flat: export it in a simpler form.`,
  );
}

const hostile = new Set(['__proto__']);

/** A column name that is safe as an object key everywhere. */
export function safeName(name: string): string {
  return hostile.has(name) ? `${name} (file)` : name;
}

/** `meta` objects become columns of their own; everything else stays as it is. */
function* cellsOf(record: JsonRecord): Generator<[string, Cell]> {
  for (const [key, value] of Object.entries(record)) {
    if (key === 'meta' && isRecord(value))
      for (const [inner, cell] of Object.entries(value)) yield [`meta.${inner}`, cell];
    else yield [safeName(key), value];
  }
}

export function batchOf(
  values: readonly unknown[],
  first: number,
  shape: RecordShape | null,
  log: ReadLog,
): RowBatch | null {
  const columns: string[] = [];
  const index = new Map<string, number>();
  const cells: Cell[][] = [];
  const numbers: number[] = [];
  values.forEach((value, offset) => {
    const number = first + offset;
    const record = recordOf(value);
    if (!record) {
      log.refuse(number, 'it is not an object with named values');
      return;
    }
    const row = shape ? shape.row(record, number, log) : record;
    if (!row) return;
    if (isTooDeep(row)) {
      log.refuse(number, `it nests lists or objects more than ${String(deepest)} deep`);
      return;
    }
    for (const [key, cell] of cellsOf(row)) {
      let column = index.get(key);
      if (column === undefined) {
        column = columns.length;
        if (column >= 2000)
          throw new LimitError(
            'The file has more than 2,000 columns. Rows of a data set have a few: export it in a simpler form.',
          );
        index.set(key, column);
        columns.push(key);
        cells.push([]);
      }
      const list = cells[column]!;
      while (list.length < numbers.length) list.push(null);
      list.push(cell);
    }
    numbers.push(number);
  });
  const rows = numbers.length;
  if (rows === 0) return null;
  for (const list of cells) while (list.length < rows) list.push(null);
  return { columns, cells, rows, first: numbers[0]!, ...(rows === values.length ? {} : { numbers }) };
}

/** Records as they come: objects, single texts, or lists of cells. */
function recordOf(value: unknown): JsonRecord | null {
  if (isRecord(value)) return value;
  if (typeof value === 'string') return { text: value };
  if (typeof value === 'number' || typeof value === 'boolean') return { value };
  if (Array.isArray(value) && value.length > 0)
    return Object.fromEntries(value.map((cell: Cell, index) => [`column ${String(index + 1)}`, cell]));
  return null;
}

export function stringOf(record: JsonRecord, key: string): string | null {
  const value = own(record, key);
  return typeof value === 'string' ? value : null;
}
