// The first rows of a drop, recognised but not stored. Reads no further than it must, whatever the size of the file.
import type { ImportOptions, ImportPreview } from '../../src/contract/data';
import type { Cell, Mapping, ReportEntry } from '../../src/contract/records';
import { openFile } from '../../src/formats/open';
import type { OpenedFile, ReadLog, RowBatch } from '../../src/formats/reading';
import { suggestTask } from '../../src/lib/mapping-guess';
import { settleMapping, storedName } from './columns';
import { PreviewReport } from './preview-report';
import { FileLog } from './read-report';

const rowsShown = 50;
/** Up to here a file is read to its end, so that its rows are counted and not estimated. */
const smallFile = 4 * 1024 ** 2;

interface Head {
  batch: RowBatch | null;
  rows: number;
  whole: boolean;
}

async function headOfTable(
  file: OpenedFile,
  small: boolean,
  log: ReadLog,
  look: (batch: RowBatch) => void,
): Promise<Head> {
  let batch: RowBatch | null = null;
  let rows = 0;
  for await (const next of file.batches(log)) {
    batch ??= next;
    rows += next.rows;
    look(next);
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
  const logs: FileLog[] = [];
  const refusals: ReportEntry[] = [];
  let settled: { mapping: Mapping; task: string | undefined } | null = null;
  let report: PreviewReport | null = null;
  const sizeBytes = files.reduce((sum, file) => sum + file.size, 0);
  const small = sizeBytes <= smallFile;
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
      refusals.push({ code: 'refused-file', message, count: 1, file: outcome.name });
      continue;
    }
    for (const opened of outcome.opened) {
      const log = new FileLog(opened.path);
      logs.push(log);
      const look = (batch: RowBatch): void => {
        if (!settled) {
          const { mapping, roles } = settleMapping(opened, batch, options.mapping);
          settled = { mapping, task: opened.task };
          preview.columns = batch.columns.map((name) => storedName(name, roles));
          preview.rows = rowsOf(batch, preview.columns);
          if (small) report = new PreviewReport(mapping, roles, logs);
        }
        report?.add(batch);
      };
      const head = await headOfTable(opened, file.size <= smallFile, log, look).catch((error: unknown) => {
        if (!(error instanceof Error)) throw error;
        return error;
      });
      preview.files.push(describe(opened, file.size, head));
      if (head instanceof Error || !head.batch) continue;
      (report as PreviewReport | null)?.ended(opened, head.rows);
      // A lone archive's entries are counted by what was read of each; a file by what share of it was read.
      const share = head.whole || bytesRead === 0 ? 1 : Math.min(1, bytesRead / file.size);
      preview.rowsEstimated += head.whole ? head.rows : Math.round(head.rows / share);
      if (!head.whole) preview.rowsExact = false;
    }
  }
  const found = settled as { mapping: Mapping; task: string | undefined } | null;
  preview.mapping = found?.mapping ?? {};
  preview.suggestedTask = found?.task ?? suggestTask(preview.mapping);
  const whole = report as PreviewReport | null;
  if (whole && preview.rowsExact) preview.report = whole.finish(refusals, sizeBytes);
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
    ...(file.header === undefined ? {} : { header: file.header }),
    ...(head instanceof Error ? { refusal: { name: head.name, message: head.message } } : {}),
  };
}

function rowsOf(batch: RowBatch, columns: readonly string[]): Record<string, Cell>[] {
  return Array.from({ length: Math.min(rowsShown, batch.rows) }, (_, row) =>
    Object.fromEntries(columns.map((name, column) => [name, batch.cells[column]?.[row] ?? null])),
  );
}
