// A large table read in pieces by several threads, given back in order. Where a piece turns out to be cut inside a
// record, everything from there on is read in this thread, as a stream.
import type { OpenedFile, ReadLog, RowBatch } from '../../src/formats/reading';
import { cutPieces, type CutPiece } from './cut-pieces';
import type { PieceDone, PieceTask } from './piece-work';

const longestPiece = 32 * 1024 ** 2;

/** Threads that read pieces; tests bring one that reads in place. */
export interface PieceThreads {
  readonly size: number;
  begin(task: PieceTask): void;
  read(bytes: Uint8Array, first: boolean): Promise<PieceDone | null>;
}

interface Going {
  piece: CutPiece;
  done: Promise<PieceDone | null>;
}

export type Part = { done: PieceDone; above: number } | { batch: RowBatch };

export async function* readInPieces(
  file: OpenedFile & { pieces: NonNullable<OpenedFile['pieces']> },
  task: PieceTask,
  pool: PieceThreads,
  log: ReadLog,
): AsyncGenerator<Part> {
  const { table, source, resume } = file.pieces;
  const pieces = cutPieces(source.read(), table.format === 'csv' && table.dialect.quotes);
  const going: Going[] = [];
  let row = 0;
  let ended = false;
  let started = false;
  pool.begin(task);
  const fill = async (): Promise<void> => {
    while (!ended && going.length < pool.size * 2 + 1) {
      const next = await pieces.next();
      if (next.done) {
        ended = true;
        return;
      }
      const done =
        next.value.bytes.byteLength > longestPiece ? Promise.resolve(null) : pool.read(next.value.bytes, !started);
      done.catch(() => undefined);
      started = true;
      going.push({ piece: next.value, done });
    }
  };
  let headerDue = table.format === 'csv' && table.columns.header;
  for (;;) {
    await fill();
    const first = going[0];
    if (!first) return;
    const done = await first.done;
    if (done === null) {
      const rest = { ...source, read: () => remaining(going, pieces) };
      for await (const batch of resume(rest, { row, headerDue }, log)) yield { batch };
      return;
    }
    going.shift();
    yield { done, above: row };
    row += done.rows;
    headerDue = false;
  }
}

/** The bytes of the pieces that are not read yet, and of those still to be cut. */
async function* remaining(going: readonly Going[], pieces: AsyncGenerator<CutPiece>): AsyncGenerator<Uint8Array> {
  for (const { piece } of going) yield piece.bytes;
  for await (const { bytes } of pieces) yield bytes;
}
