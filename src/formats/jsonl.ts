// One JSON value a line, read as a stream. A line that is not JSON is refused by number; the rest goes on.
import { DatasetError, LimitError } from '../contract/errors';
import { decodedText } from './encoding';
import type { ByteSource, OpenedFile, ReadLog, RowBatch } from './reading';
import { batchOf, type RecordShape } from './records';
import { recogniseRecords } from './shapes';

const longestLine = 32 * 1024 ** 2;

/** @param sample decoded head of the file */
export function openJsonLines(source: ByteSource, encoding: string, sample: string): OpenedFile {
  const firstRecord = sample
    .split(/\r?\n/)
    .map(parsedOrNull)
    .find((value) => value !== null);
  const shape = recogniseRecords(firstRecord);
  const opened: OpenedFile = {
    path: source.name,
    format: 'jsonl',
    encoding,
    batches: (log) => readLines(source, encoding, shape, 0, log),
  };
  if (encoding === 'utf-8')
    opened.pieces = {
      table: { format: 'jsonl', shape: shape?.id ?? null, encoding },
      source,
      resume: (rest, state, log) => readLines(rest, encoding, shape, state.row, log),
    };
  if (shape) {
    opened.shape = shape.id;
    if (shape.mapping) opened.mapping = shape.mapping;
    if (shape.task !== undefined) opened.task = shape.task;
  }
  return opened;
}

function parsedOrNull(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}

async function* readLines(
  source: ByteSource,
  encoding: string,
  shape: RecordShape | null,
  above: number,
  log: ReadLog,
): AsyncGenerator<RowBatch> {
  let row = above;
  let rest = '';
  const take = (text: string): RowBatch | null => {
    const { batch, rows } = readLinesPiece(text, shape, row, log);
    row += rows;
    return batch;
  };
  for await (const piece of decodedText(source, encoding)) {
    const cut = piece.lastIndexOf('\n');
    if (cut < 0) {
      rest += piece;
      if (rest.length > longestLine)
        throw new LimitError(
          `${source.name} has a line of over ${String(longestLine / 1024 ** 2)} MB. JSONL has one short object a line; check its line ends.`,
        );
      continue;
    }
    const batch = take(rest + piece.slice(0, cut));
    rest = piece.slice(cut + 1);
    if (batch) yield batch;
  }
  const batch = take(rest);
  if (batch) yield batch;
  if (row === 0) throw new DatasetError(`${source.name} is empty. Add rows and import it again.`);
}

/** Reads whole lines. @param above rows that stand before them */
export function readLinesPiece(
  text: string,
  shape: RecordShape | null,
  above: number,
  log: ReadLog,
): { batch: RowBatch | null; rows: number } {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return { batch: null, rows: 0 };
  const once = refusedOnce(log);
  return { batch: batchOf(parseLines(lines, above + 1, once), above + 1, shape, once), rows: lines.length };
}

/** All lines in one call where they are sound, which is several times faster than one by one. */
function parseLines(lines: readonly string[], first: number, log: ReadLog): unknown[] {
  try {
    const values = JSON.parse(`[${lines.join(',')}]`) as unknown[];
    if (values.length === lines.length) return values;
  } catch {
    // Some line is broken: find out which.
  }
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      log.refuse(first + index, error instanceof RangeError ? 'it nests too deep' : 'it is not valid JSON');
      return undefined;
    }
  });
}

/** A line that is not JSON is refused when parsed, and not again when looked at as a row. */
function refusedOnce(log: ReadLog): ReadLog {
  const seen = new Set<number>();
  return {
    refuse(row, reason) {
      if (seen.has(row)) return;
      seen.add(row);
      log.refuse(row, reason);
    },
    warn: (code, message, row) => log.warn(code, message, row),
  };
}
