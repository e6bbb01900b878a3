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
const mostColumns = 2000;

/** True where lists and objects nest deeper than rows ever do; such a cell could not be stored or shown. */
export function isTooDeep(value: Cell, left = deepest): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (left === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isTooDeep(item, left - 1));
  for (const key in value) {
    const item = value[key]!;
    if (typeof item === 'object' && item !== null && isTooDeep(item, left - 1)) return true;
  }
  return false;
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

/** Gathers records into columns. Records of one file mostly have the same keys in the same order: that way is fast. */
class ColumnCollector {
  readonly columns: string[] = [];
  readonly cells: Cell[][] = [];
  private readonly index = new Map<string, number>();
  private lastKeys: readonly string[] = [];
  private lastColumns: number[] = [];
  private rows = 0;

  add(row: JsonRecord): void {
    const keys = Object.keys(row);
    if (!this.sameKeys(keys)) this.learn(keys, row);
    for (let at = 0; at < keys.length; at++) {
      const value = row[keys[at]!] ?? null;
      const column = this.lastColumns[at]!;
      if (column >= 0) this.cells[column]![this.rows] = value;
      else this.spread(keys[at]!, value);
    }
    this.rows++;
    for (const list of this.cells) if (list.length < this.rows) list.push(null);
  }

  private sameKeys(keys: readonly string[]): boolean {
    if (keys.length !== this.lastKeys.length) return false;
    for (let at = 0; at < keys.length; at++) if (keys[at] !== this.lastKeys[at]) return false;
    return true;
  }

  private learn(keys: readonly string[], row: JsonRecord): void {
    this.lastKeys = keys;
    this.lastColumns = keys.map((key) => (key === 'meta' && isRecord(row[key]) ? -1 : this.columnOf(safeName(key))));
    // Whether `meta` is an object may change from row to row, so such rows are looked at one by one.
    if (keys.includes('meta')) this.lastKeys = [];
  }

  /** `meta` objects become columns of their own; everything else stays as it is. */
  private spread(key: string, value: Cell): void {
    if (!isRecord(value)) return;
    for (const [inner, cell] of Object.entries(value)) this.cells[this.columnOf(`${key}.${inner}`)]![this.rows] = cell;
  }

  private columnOf(name: string): number {
    const known = this.index.get(name);
    if (known !== undefined) return known;
    const column = this.columns.length;
    if (column >= mostColumns)
      throw new LimitError(
        'The file has more than 2,000 columns. Rows of a data set have a few: export it in a simpler form.',
      );
    this.index.set(name, column);
    this.columns.push(name);
    this.cells.push(new Array<Cell>(this.rows).fill(null));
    return column;
  }
}

export function batchOf(
  values: readonly unknown[],
  first: number,
  shape: RecordShape | null,
  log: ReadLog,
): RowBatch | null {
  const collector = new ColumnCollector();
  const numbers: number[] = [];
  for (let offset = 0; offset < values.length; offset++) {
    const number = first + offset;
    const record = recordOf(values[offset]);
    if (!record) {
      log.refuse(number, 'it is not an object with named values');
      continue;
    }
    const row = shape ? shape.row(record, number, log) : record;
    if (!row) continue;
    if (isTooDeep(row)) {
      log.refuse(number, `it nests lists or objects more than ${String(deepest)} deep`);
      continue;
    }
    collector.add(row);
    numbers.push(number);
  }
  const rows = numbers.length;
  if (rows === 0) return null;
  const { columns, cells } = collector;
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
