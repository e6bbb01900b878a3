// The first rows of a drop, recognised but not stored. Reads no further than it must, whatever the size of the file.
import type { ImportOptions, ImportPreview } from '../../src/contract/data';
import type { Cell, Mapping } from '../../src/contract/records';
import { openFile } from '../../src/formats/open';
import type { OpenedFile, ReadLog, RowBatch } from '../../src/formats/reading';
import { suggestTask } from '../../src/lib/mapping-guess';
import { settleMapping, storedName } from './columns';

const rowsShown = 50;
/** Up to here a file is read to its end, so that its rows are counted and not estimated. */
const smallFile = 4 * 1024 ** 2;
const silent: ReadLog = { refuse: () => undefined, warn: () => undefined };

interface Head {
  batch: RowBatch | null;
  rows: number;
  whole: boolean;
}

async function headOfTable(file: OpenedFile, small: boolean): Promise<Head> {
  let batch: RowBatch | null = null;
  let rows = 0;
  for await (const next of file.batches(silent)) {
    batch ??= next;
    rows += next.rows;
    if (!small && file.rowsKnown === undefined && rows >= rowsShown) return { batch, rows, whole: false };
  }
  return { batch, rows, whole: true };
}

export async function previewFiles(files: readonly File[], options: ImportOptions): Promise<ImportPreview> {
  const preview: ImportPreview = {
    files: [],
    columns: [],
    rows: [],
    mapping: {},
    suggestedTask: 'intent',
    rowsEstimated: 0,
    rowsExact: true,
  };
  let settled: { mapping: Mapping; task: string | undefined } | null = null;
  for (const file of files) {
    let bytesRead = 0;
    let counting = false;
    const outcome = await openFile(file, options, (bytes) => {
      if (counting) bytesRead += bytes;
    });
    counting = true;
    if (outcome.refusal) {
      const { name, message } = outcome.refusal;
      preview.files.push({ name: outcome.name, format: 'refused', sizeBytes: file.size, refusal: { name, message } });
      continue;
    }
    for (const opened of outcome.opened) {
      const head = await headOfTable(opened, file.size <= smallFile).catch((error: unknown) => {
        if (!(error instanceof Error)) throw error;
        return error;
      });
      preview.files.push(describe(opened, file.size, head));
      if (head instanceof Error || !head.batch) continue;
      if (!settled) {
        const { mapping, roles } = settleMapping(opened, head.batch, options.mapping);
        settled = { mapping, task: opened.task };
        preview.columns = head.batch.columns.map((name) => storedName(name, roles));
        preview.rows = rowsOf(head.batch, preview.columns);
      }
      // A lone archive's entries are counted by what was read of each; a file by what share of it was read.
      const share = head.whole || bytesRead === 0 ? 1 : Math.min(1, bytesRead / file.size);
      preview.rowsEstimated += head.whole ? head.rows : Math.round(head.rows / share);
      if (!head.whole) preview.rowsExact = false;
    }
  }
  preview.mapping = settled?.mapping ?? {};
  preview.suggestedTask = settled?.task ?? suggestTask(preview.mapping);
  return preview;
}

function describe(file: OpenedFile, sizeBytes: number, head: Head | Error): ImportPreview['files'][number] {
  return {
    name: file.path,
    format: file.format,
    sizeBytes,
    ...(file.shape === undefined ? {} : { shape: file.shape }),
    ...(file.encoding === undefined ? {} : { encoding: file.encoding }),
    ...(file.delimiter === undefined ? {} : { delimiter: file.delimiter }),
    ...(head instanceof Error ? { refusal: { name: head.name, message: head.message } } : {}),
  };
}

function rowsOf(batch: RowBatch, columns: readonly string[]): Record<string, Cell>[] {
  return Array.from({ length: Math.min(rowsShown, batch.rows) }, (_, row) =>
    Object.fromEntries(columns.map((name, column) => [name, batch.cells[column]?.[row] ?? null])),
  );
}
