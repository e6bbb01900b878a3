// Delimited text, read as a stream with papaparse's parser: a piece is parsed up to its last whole record and
// the rest waits for the next piece. A row that cannot be taken is refused by number; the rest goes on.
import Papa from 'papaparse';
import { DatasetError, FormatError } from '../contract/errors';
import { csvColumns, uniqueNames } from './csv-columns';
import { parseCells, sniffDialect, type CsvDialect } from './csv-sniff';
import { unguard } from './csv-write';
import { decodedText } from './encoding';
import type { ByteSource, OpenedFile, PieceTable, ReadLog, ReadOptions, ReadState, RowBatch } from './reading';

/** A record longer than this is a quote that was never closed. */
const longestRecord = 16 * 1024 * 1024;
const mostRecoveries = 100;

interface ParseResult {
  data: string[][];
  errors: { code: string; row?: number }[];
  meta: { cursor: number };
}

/** @param sample decoded head of the file */
export function openCsv(
  source: ByteSource,
  encoding: string,
  sample: string,
  whole: boolean,
  options: ReadOptions = {},
): OpenedFile {
  const dialect = sniffDialect(sample, whole, options.delimiter);
  const cut = whole ? sample : sample.slice(0, sample.lastIndexOf(dialect.newline) + 1) || sample;
  const columns = csvColumns(parseCells(cut, dialect).slice(0, 1000), options.header);
  const table: CsvTable = { format: 'csv', dialect, columns, encoding };
  const opened: OpenedFile = {
    path: source.name,
    format: dialect.delimiter === '\t' ? 'tsv' : 'csv',
    encoding,
    delimiter: dialect.delimiter,
    header: columns.header,
    batches: (log) => readCsv(source, table, { row: 0, headerDue: columns.header }, log),
  };
  if (dialect.newline === '\n' && /^(utf-8|windows-125\d|iso-8859-\d+)$/.test(encoding))
    opened.pieces = { table, source, resume: (rest, state, log) => readCsv(rest, table, state, log) };
  if (columns.shape !== undefined) opened.shape = columns.shape;
  if (columns.mapping) opened.mapping = columns.mapping;
  if (columns.task !== undefined) opened.task = columns.task;
  return opened;
}

export type CsvTable = Extract<PieceTable, { format: 'csv' }>;

function parseRecords(text: string, dialect: CsvDialect, last: boolean): ParseResult {
  const parser = new Papa.Parser({
    delimiter: dialect.delimiter,
    newline: dialect.newline,
    ...(dialect.quotes ? {} : { fastMode: true }),
  });
  return parser.parse(text, 0, !last) as ParseResult;
}

/**
 * Reads a piece that is thought to end after a whole record. Null where it does not: a quote is still open, so the cut
 * was wrong and this piece must be read together with what follows.
 */
export function readCsvPiece(
  text: string,
  table: CsvTable,
  state: ReadState,
  log: ReadLog,
): { batch: RowBatch | null; rows: number } | null {
  const result = parseRecords(text, table.dialect, true);
  if (result.errors.some((error) => error.code === 'MissingQuotes')) return null;
  const taker = new RowTaker(table, state, log);
  const batch = taker.take(result);
  if (text.includes('\uFFFD')) noteReplaced(table.encoding, log);
  return { batch, rows: taker.nextRow - 1 - state.row };
}

function noteReplaced(encoding: string, log: ReadLog): void {
  log.warn(
    'replaced-bytes',
    `Some bytes are not ${encoding}; they are shown as \uFFFD. Choose another encoding if texts look wrong.`,
  );
}

async function* readCsv(source: ByteSource, table: CsvTable, state: ReadState, log: ReadLog): AsyncGenerator<RowBatch> {
  const { dialect, encoding } = table;
  const taker = new RowTaker(table, state, log);
  let rest = '';
  let recoveries = 0;
  let replaced = false;
  const parse = (text: string, last: boolean): ParseResult => parseRecords(text, dialect, last);
  /** Gives up the first line of `text`, whose quote never closes, and goes on after it. */
  const recover = (text: string): string => {
    if (++recoveries > mostRecoveries)
      throw new FormatError(
        `${source.name}: too many quotes are opened and never closed (the last in row ${String(taker.nextRow)}). Is it really delimited by "${dialect.delimiter}"? Choose another delimiter or mend the quotes.`,
      );
    taker.refuseNext('a quote is opened and never closed');
    const end = text.indexOf(dialect.newline);
    return end < 0 ? '' : text.slice(end + 1);
  };
  for await (const piece of decodedText(source, encoding)) {
    if (!replaced && piece.includes('\uFFFD')) {
      replaced = true;
      noteReplaced(encoding, log);
    }
    let text = rest + piece;
    let result = parse(text, false);
    while (result.data.length === 0 && text.length > longestRecord) {
      text = recover(text);
      result = parse(text, false);
    }
    rest = text.slice(result.meta.cursor);
    const batch = taker.take(result);
    if (batch) yield batch;
  }
  while (rest !== '') {
    const result = parse(rest, true);
    const missing = result.errors.find((error) => error.code === 'MissingQuotes');
    if (missing?.row !== undefined) {
      // Records before the open quote are whole: find where it begins by parsing up to it.
      const before = parse(rest, false);
      const batch = taker.take({ ...before, data: before.data.slice(0, missing.row) });
      if (batch) yield batch;
      rest = recover(rest.slice(before.meta.cursor));
      continue;
    }
    rest = '';
    const batch = taker.take(result);
    if (batch) yield batch;
  }
  taker.finish();
}

/** Turns parsed rows into batches of columns, with row numbers and refusals. */
class RowTaker {
  private row: number;
  private headerDue: boolean;
  private readonly names: readonly string[];
  private readonly dialect: CsvDialect;

  constructor(
    table: CsvTable,
    state: ReadState,
    private readonly log: ReadLog,
  ) {
    this.row = state.row;
    this.headerDue = state.headerDue;
    this.dialect = table.dialect;
    this.names = uniqueNames(table.columns.names);
  }

  get nextRow(): number {
    return this.row + 1;
  }

  refuseNext(reason: string): void {
    if (this.headerDue)
      throw new FormatError('The header row opens a quote that never closes. Mend the first line and import again.');
    this.log.refuse(++this.row, reason);
  }

  take(result: ParseResult): RowBatch | null {
    const { names, dialect, log } = this;
    const width = names.length;
    const cells: string[][] = names.map(() => []);
    const numbers: number[] = [];
    const first = this.row + 1;
    let kept = 0;
    const malformed = new Set(
      result.errors.filter((error) => error.code === 'InvalidQuotes').map((error) => error.row),
    );
    for (let index = 0; index < result.data.length; index++) {
      let row = result.data[index]!;
      if (dialect.stripReturn) {
        const last = row[row.length - 1]!;
        if (last.endsWith('\r')) row[row.length - 1] = last.slice(0, -1);
      }
      if (row.length === 1 && row[0]!.trim() === '') continue;
      if (this.headerDue) {
        this.headerDue = false;
        continue;
      }
      const number = ++this.row;
      if (row.length > width) {
        const joined = this.fit(row, number);
        if (!joined) continue;
        row = joined;
      } else if (row.length < width)
        log.warn('short-row', 'has fewer cells than the header; the missing ones are empty', number);
      if (malformed.has(index)) log.warn('odd-quotes', 'has a quote inside a quoted cell that is not doubled', number);
      let bared = false;
      for (let column = 0; column < width; column++) {
        const cell = row[column] ?? '';
        const bare = cell.charCodeAt(0) === 39 ? unguard(cell) : cell;
        if (bare !== cell) bared = true;
        cells[column]!.push(bare);
      }
      if (bared)
        log.warn(
          'apostrophe',
          "an apostrophe before =, +, - or @ was taken for a spreadsheet's guard and left out",
          number,
        );
      kept++;
      numbers.push(number);
    }
    if (kept === 0) return null;
    const whole = numbers[kept - 1] === first + kept - 1 && numbers[0] === first;
    return { columns: names, cells, rows: kept, first, ...(whole ? {} : { numbers }) };
  }

  /** Too many cells: empty ones at the end are dropped; a two-character delimiter inside a title is joined again. */
  private fit(row: string[], number: number): string[] | null {
    const width = this.names.length;
    if (row.slice(width).every((cell) => cell.trim() === '')) return row.slice(0, width);
    if (this.dialect.delimiter === '::' && width >= 3) {
      this.log.warn(
        'joined-cells',
        'has the delimiter inside a text; first and last cells were kept and the middle joined',
        number,
      );
      const extra = row.length - width;
      return [row[0]!, row.slice(1, 2 + extra).join('::'), ...row.slice(2 + extra)];
    }
    this.log.refuse(
      number,
      `it has ${String(row.length)} cells where the header has ${String(width)}; put quotes round cells that hold the delimiter`,
    );
    return null;
  }

  finish(): void {
    if (this.row === 0)
      throw new DatasetError('The file has a header but no rows. Add rows below it and import again.');
  }
}
