// One piece of a large table, read on its own in whatever thread: pages, refusals and how many rows it held. Rows are
// numbered from 1 within the piece; who puts the pieces together adds what stands above.
import type { PieceTable, ReadLog } from '../../src/formats/reading';
import { readCsvPiece } from '../../src/formats/csv';
import { decoderFor } from '../../src/formats/encoding';
import { readLinesPiece } from '../../src/formats/jsonl';
import { shapeById } from '../../src/formats/shapes';
import type { Mapping, Split } from '../../src/contract/records';
import { PageMaker, type MadePage } from './page-maker';

export interface PieceTask {
  table: PieceTable;
  mapping: Mapping;
  roles: string[];
  split: Split | null;
}

export interface PieceDone {
  pages: MadePage[];
  /** Rows of the file in this piece, refused ones too. */
  rows: number;
  refusals: { row: number; reason: string }[];
  warnings: { code: string; message: string; row?: number }[];
}

/** Keeps a page maker for all pieces of one table that this thread reads. */
export class PieceReader {
  private readonly maker: PageMaker;

  constructor(private readonly task: PieceTask) {
    this.maker = new PageMaker({ mapping: task.mapping, roles: new Set(task.roles), split: task.split });
  }

  /** Null where the piece does not end after a whole record. */
  read(bytes: Uint8Array, first: boolean): PieceDone | null {
    const { table } = this.task;
    const done: PieceDone = { pages: [], rows: 0, refusals: [], warnings: [] };
    const log: ReadLog = {
      refuse: (row, reason) => done.refusals.push({ row, reason }),
      warn: (code, message, row) => done.warnings.push({ code, message, ...(row === undefined ? {} : { row }) }),
    };
    const text = decoderFor(table.encoding).decode(bytes);
    const read =
      table.format === 'csv'
        ? readCsvPiece(text, table, { row: 0, headerDue: first && table.columns.header }, log)
        : readLinesPiece(text, shapeById(table.shape), 0, log);
    if (!read) return null;
    done.rows = read.rows;
    if (read.batch) done.pages.push(...this.maker.make(read.batch));
    return done;
  }
}
