// Many texts at once: what was pasted or dropped as rows, and the answers as a table. No screen, no model here.
import type { Prediction } from '../../contract/train';
import { LimitError } from '../../contract/errors';
import type { ChartTable } from '../../ui/charts/table';

export interface BatchRows {
  columns: string[];
  rows: string[][];
  /** Index of the column most likely to be the text: the one with the longest cells. */
  textColumn: number;
}

const mostRows = 100_000;
const mostBytes = 10_000_000;

/** Pasted text: one item a line, blank lines left out. */
export function linesOf(text: string): BatchRows {
  const rows = text.split(/\r\n|\r|\n/).flatMap((line) => (line.trim() ? [[line]] : []));
  if (rows.length > mostRows) throw tooMany();
  return { columns: ['text'], rows, textColumn: 0 };
}

/** A CSV or TSV file with a header, or any other text file as lines. Small enough to be read at once. */
export async function readBatch(file: File): Promise<BatchRows> {
  if (!/\.(csv|tsv)$/i.test(file.name)) return linesOf(await file.text());
  if (file.size > mostBytes)
    throw new LimitError(
      `${file.name} has ${Math.round(file.size / 1e6)} MB; up to 10 MB are predicted here at once. Split it.`,
    );
  const { default: papa } = await import('papaparse');
  const all = papa.parse<string[]>(await file.text(), { skipEmptyLines: 'greedy' }).data;
  if (all.length > mostRows + 1) throw tooMany();
  const [columns = ['text'], ...rows] = all;
  return { columns: columns.map((name, i) => name.trim() || `column ${i + 1}`), rows, textColumn: longestColumn(rows) };
}

function tooMany(): LimitError {
  return new LimitError(
    `More than ${mostRows.toLocaleString('en-GB')} rows. Split the file, or import it as data and use the model there.`,
  );
}

function longestColumn(rows: readonly (readonly string[])[]): number {
  const lengths: number[] = [];
  for (const row of rows.slice(0, 200)) row.forEach((cell, i) => (lengths[i] = (lengths[i] ?? 0) + cell.length));
  return Math.max(0, lengths.indexOf(Math.max(...lengths)));
}

/** The given columns with what the model said beside them: label(s) and confidence. */
export function batchTable(batch: BatchRows, answers: readonly Prediction[], threshold: number): ChartTable {
  return {
    columns: [...batch.columns, 'predicted', 'confidence'],
    rows: answers.map((answer, i) => [
      ...batch.columns.map((_, column) => batch.rows[i]?.[column] ?? ''),
      answerLabel(answer, threshold),
      answer.confidence,
    ]),
  };
}

/** The answer as one cell; '' where none reaches the threshold. Several labels are joined with '|'. */
export function answerLabel(answer: Prediction, threshold: number): string {
  if (answer.labels) return answer.labels.join('|');
  return answer.confidence < threshold ? '' : answer.label;
}
