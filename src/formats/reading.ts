// What every reader of a file format takes and gives: bytes in, batches of rows out. No storage, no page.
import type { Cell, Mapping } from '../contract/records';
import type { TaxonomyCode } from '../lib/taxonomy';
import type { CsvColumns } from './csv-columns';
import type { CsvDialect } from './csv-sniff';

/** Bytes that can be read from the start as often as needed; never held whole. */
export interface ByteSource {
  /** Path inside an archive, else the file's name. */
  name: string;
  /** Bytes it takes in the user's file (packed, where it is packed). */
  packedBytes: number;
  compression?: string;
  /** Every read begins at the first byte. Pieces of a few MiB at most. */
  read(): AsyncGenerator<Uint8Array>;
}

/** Rows column by column. `cells[c][r]`; a missing cell is null. */
export interface RowBatch {
  columns: readonly string[];
  cells: Cell[][];
  rows: number;
  /** 1-based row numbers as in the file; `first` + index where none was left out. */
  first: number;
  numbers?: number[];
}

/** Where readers say what they could not take, by 1-based data row number. */
export interface ReadLog {
  /** The row is left out. */
  refuse(row: number, reason: string): void;
  /** The row is kept, but something about it should be known. */
  warn(code: string, message: string, row?: number): void;
}

/** How to read a piece of a large table on its own: plain data that another thread understands. */
export type PieceTable =
  | { format: 'csv'; dialect: CsvDialect; columns: CsvColumns; encoding: string }
  | { format: 'jsonl'; shape: string | null; encoding: string };

/** Where a table stands after the rows that were read in pieces. */
export interface ReadState {
  row: number;
  headerDue: boolean;
}

/** A recognised file, ready to give its rows. */
export interface OpenedFile {
  path: string;
  format: string;
  shape?: string;
  encoding?: string;
  delimiter?: string;
  /** Whether the first row names the columns; of delimited files. */
  header?: boolean;
  compression?: string;
  /** Known from the shape; else guessed from names and rows. */
  mapping?: Mapping;
  /** The task the shape fits best, where it says so. */
  task?: string;
  /** Labels the file declares, also those no row has. */
  declaredLabels?: string[];
  /** The tree of codes the file declares. */
  taxonomy?: TaxonomyCode[];
  /** Where the file had to be read whole to be opened. */
  rowsKnown?: number;
  /** Where the rows can be read in pieces side by side; `resume` goes on in one thread where that fails. */
  pieces?: {
    table: PieceTable;
    source: ByteSource;
    resume(source: ByteSource, state: ReadState, log: ReadLog): AsyncGenerator<RowBatch>;
  };
  batches(log: ReadLog): AsyncGenerator<RowBatch>;
}

/** What the user said about the files; the rest is detected. */
export interface ReadOptions {
  encoding?: string;
  delimiter?: string;
  header?: boolean;
}

/** A record of a JSON-like file. Only own keys are ever looked at. */
export type JsonRecord = { [key: string]: Cell };

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own value under a key; never an inherited one. */
export function own(record: JsonRecord, key: string): Cell | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The first bytes of a source, up to `limit`, and whether that was all. */
export async function headOf(source: ByteSource, limit: number): Promise<{ bytes: Uint8Array; whole: boolean }> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let whole = true;
  for await (const part of source.read()) {
    parts.push(part);
    size += part.byteLength;
    if (size > limit) {
      whole = false;
      break;
    }
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return { bytes: bytes.subarray(0, Math.min(size, limit)), whole };
}
