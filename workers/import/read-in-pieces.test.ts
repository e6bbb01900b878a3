// Reading in pieces gives what reading in one go gives, however the bytes are cut and however odd the quotes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from '../../src/formats/csv-write';
import { openSource } from '../../src/formats/open';
import type { ByteSource, OpenedFile, RowBatch } from '../../src/formats/reading';
import { PageView } from '../../src/storage/row-page-codec';
import { cutPoint } from './cut-pieces';
import { PageMaker } from './page-maker';
import { PieceReader } from './piece-work';
import { readInPieces, type PieceThreads } from './read-in-pieces';
import { FileLog } from './read-report';

const encoder = new TextEncoder();

function sourceOf(text: string, name: string, pieceBytes: number): ByteSource {
  const bytes = encoder.encode(text);
  return {
    name,
    packedBytes: bytes.byteLength,
    async *read() {
      for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
        await Promise.resolve();
        yield bytes.subarray(at, at + pieceBytes);
      }
    },
  };
}

async function inOne(file: OpenedFile): Promise<{ rows: unknown[][]; log: FileLog }> {
  const log = new FileLog('f');
  const rows: unknown[][] = [];
  for await (const batch of file.batches(log)) rows.push(...rowsOf(batch));
  return { rows, log };
}
function rowsOf(batch: RowBatch): unknown[][] {
  return Array.from({ length: batch.rows }, (_, row) => [
    batch.numbers?.[row] ?? batch.first + row,
    ...batch.cells.map((cells) => cells[row]),
  ]);
}

async function inPieces(file: OpenedFile): Promise<{ rows: unknown[][]; log: FileLog; fellBack: boolean }> {
  if (!file.pieces) throw new Error('not readable in pieces');
  const log = new FileLog('f');
  const rows: unknown[][] = [];
  let fellBack = false;
  let reader: PieceReader | null = null;
  const threads: PieceThreads = {
    size: 2,
    begin(task) {
      reader = new PieceReader(task);
    },
    read: (bytes, first) => Promise.resolve(reader!.read(bytes, first)),
  };
  const task = { table: file.pieces.table, mapping: {}, roles: [], split: null };
  for await (const part of readInPieces({ ...file, pieces: file.pieces }, task, threads, log)) {
    if ('batch' in part) {
      fellBack = true;
      rows.push(...rowsOf(part.batch));
      continue;
    }
    const { done, above } = part;
    for (const { row, reason } of done.refusals) log.refuse(above + row, reason);
    for (const { code, message, row } of done.warnings)
      log.warn(code, message, row === undefined ? undefined : above + row);
    for (const { bytes, facts } of done.pages) {
      const view = new PageView(bytes);
      for (let row = 0; row < view.rows; row++)
        rows.push([
          above + (facts.numbers?.[row] ?? facts.first + row),
          ...view.columns.map((name) => view.column(name)[row]),
        ]);
    }
  }
  return { rows, log, fellBack };
}

describe('reading in pieces', () => {
  it('gives the same rows as reading in one go', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r\n', ' ', '🚂'), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 3, max: 60 }),
        async (rows, size) => {
          const text = csvLine(['text', 'label']) + rows.map(csvLine).join('');
          const whole = await inOne(await openSource(sourceOf(text, 'd.csv', 1e6), {}));
          const cut = await inPieces(await openSource(sourceOf(text, 'd.csv', size), {}));
          expect(cut.rows).toEqual(whole.rows);
        },
      ),
      { numRuns: 120 },
    );
  });

  it('falls back to one stream where a loose quote misleads the cut, and refuses the same rows', async () => {
    const lines = ['text,label'];
    for (let row = 0; row < 200; row++)
      lines.push(row === 50 ? 'a 5" pipe,x' : row === 120 ? 'too,many,cells' : `"row ${String(row)},\nnext",y`);
    const text = `${lines.join('\n')}\n`;
    const whole = await inOne(await openSource(sourceOf(text, 'd.csv', 1e6), {}));
    const cut = await inPieces(await openSource(sourceOf(text, 'd.csv', 500), {}));
    expect(cut.rows).toEqual(whole.rows);
    expect(cut.rows).toHaveLength(199);
    expect(cut.log.errors()).toEqual(whole.log.errors());
    expect(cut.log.errors()[0]?.rows).toEqual([121]);
  });

  it('reads JSON lines alike, broken ones refused by number', async () => {
    const lines = Array.from({ length: 90 }, (_, row) =>
      row === 40 ? '{broken' : JSON.stringify({ text: `t ${String(row)}`, label: 'a' }),
    );
    const text = lines.join('\n');
    const whole = await inOne(await openSource(sourceOf(text, 'd.jsonl', 1e6), {}));
    const cut = await inPieces(await openSource(sourceOf(text, 'd.jsonl', 333), {}));
    expect(cut.rows).toEqual(whole.rows);
    expect(cut.log.errors()).toEqual(whole.log.errors());
    expect(cut.log.errors()[0]).toMatchObject({ count: 1, rows: [41] });
  });

  it('cuts only outside quotes', () => {
    expect(cutPoint(encoder.encode('a,b\n"x\ny",z'), true)).toBe(4);
    expect(cutPoint(encoder.encode('a,"b\n'), true)).toBe(0);
    expect(cutPoint(encoder.encode('a,"b\n'), false)).toBe(5);
    expect(cutPoint(encoder.encode('no line end'), true)).toBe(0);
  });
});

describe('pages', () => {
  it('hold fewer rows where rows are long', () => {
    const texts = Array.from({ length: 40 }, () => 'x'.repeat(1_000_000));
    const batch: RowBatch = { columns: ['text'], cells: [texts], rows: 40, first: 1 };
    const pages = [...new PageMaker({ mapping: {}, roles: new Set(), split: null }).make(batch)];
    expect(pages.map((page) => page.rows)).toEqual(new Array(10).fill(4));
  });
});
