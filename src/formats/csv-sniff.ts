// How a delimited file is written: delimiter, line ends, quoting, header. Looks at its first lines only.
import Papa from 'papaparse';

export const delimiters = ['::', '\t', ';', ',', '|'] as const;

export interface CsvDialect {
  delimiter: string;
  /** '\n' also for CRLF (the last cell then loses its '\r'); '\r' for old Mac files. */
  newline: '\n' | '\r';
  stripReturn: boolean;
  /** False where quote characters are plain text, as in many TSV corpora. */
  quotes: boolean;
}

interface Trial {
  rows: string[][];
  errors: number;
  /** Share of rows that have the most common number of cells. */
  share: number;
  width: number;
}

/** Parses text that is wholly in memory; the low-level parser is the same one that streams. */
export function parseCells(text: string, dialect: CsvDialect): string[][] {
  return run(text, dialect).rows;
}

function run(text: string, dialect: CsvDialect): Trial {
  const parser = new Papa.Parser({
    delimiter: dialect.delimiter,
    newline: dialect.newline,
    ...(dialect.quotes ? {} : { fastMode: true }),
  });
  const result = parser.parse(text, 0, false) as { data: string[][]; errors: unknown[] };
  const rows = result.data.filter((row) => row.length > 1 || row[0]?.trim() !== '');
  if (dialect.stripReturn) for (const row of rows) row[row.length - 1] = row[row.length - 1]!.replace(/\r$/, '');
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(row.length, (counts.get(row.length) ?? 0) + 1);
  const [width, most] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0]);
  return { rows, errors: result.errors.length, share: rows.length ? most / rows.length : 0, width };
}

/** The end of the first record decides: quoted line breaks of another kind do not mislead. */
function lineEnd(sample: string): Pick<CsvDialect, 'newline' | 'stripReturn'> {
  let quoted = false;
  for (let at = 0; at < sample.length; at++) {
    const char = sample[at];
    if (char === '"') quoted = !quoted;
    else if (char === '\n' && !quoted) return { newline: '\n', stripReturn: sample[at - 1] === '\r' };
  }
  if (sample.includes('\n')) return { newline: '\n', stripReturn: sample.includes('\r\n') };
  return { newline: sample.includes('\r') ? '\r' : '\n', stripReturn: false };
}

/**
 * @param sample first text of the file, cut anywhere
 * @param whole the sample is the whole file
 */
export function sniffDialect(
  sample: string,
  whole: boolean,
  told?: string,
): CsvDialect & { share: number; width: number } {
  const ends = lineEnd(sample);
  const cut = whole ? sample : sample.slice(0, Math.max(sample.lastIndexOf(ends.newline), 0)) || sample;
  const trials = (told === undefined ? delimiters : [told]).map((delimiter) => {
    const base = { ...ends, delimiter };
    const quoted = run(cut, { ...base, quotes: true });
    if (quoted.errors === 0 || !cut.includes('"')) return { ...base, quotes: true, trial: quoted };
    // Bare quotes: where lines cut at every delimiter agree better, quotes are text here.
    const plain = run(cut, { ...base, quotes: false });
    const usePlain = plain.width > 1 && plain.share > 0.98 && plain.rows.length > 5;
    return { ...base, quotes: !usePlain, trial: usePlain ? plain : quoted };
  });
  const best = trials.reduce((a, b) => (scoreOf(b.trial) > scoreOf(a.trial) ? b : a));
  const { trial, ...dialect } = scoreOf(best.trial) > 0 || told !== undefined ? best : { ...best, delimiter: ',' };
  return { ...dialect, share: trial.share, width: trial.width };
}

/** Agreement counts most, then more columns; one column says nothing. */
function scoreOf(trial: Trial): number {
  return trial.width < 2 ? 0 : trial.share + Math.min(trial.width, 20) * 0.005;
}

const usualNames =
  /^(id|text|texts?|label|labels|category|categories|intent|class|target|sentiment|title|body|message|content|comment|review|question|answer|query|user(_?id)?|item(_?id)?|movie_?id|rating|score|timestamp|date|split|name|value|key|sentence\d?|premise|hypothesis|anchor|positive|negative|instruction|input|output|response|prompt|completion|lang|language|source|url|doc|code|tags?|topic|type|group)$/i;
const numeric = /^\s*[-+]?(\d+([.,]\d+)*|\.\d+)([eE][-+]?\d+)?\s*$/;

/** Whether the first row names the columns. Typed headers (`user_id:token`) always do. */
export function looksLikeHeader(rows: readonly string[][]): boolean {
  const first = rows[0];
  if (!first) return false;
  if (first.every((cell) => /^[^:]+:(token|float|token_seq|float_seq)$/.test(cell.trim()))) return true;
  const named = first.filter((cell) => cell.trim() !== '');
  if (named.length === 0 || named.some((cell) => numeric.test(cell))) return false;
  if (named.some((cell) => usualNames.test(cell.trim()))) return true;
  if (named.some((cell) => cell.length > 60)) return false;
  const body = rows.slice(1);
  const repeats = first.some((cell, column) => body.filter((row) => row[column] === cell).length >= 2);
  if (repeats && body.length >= 4) return false;
  const sentences = named.filter((cell) => /[.!?…]$/.test(cell.trim()) || cell.trim().split(/\s+/).length > 5);
  return sentences.length === 0;
}

export function isNumeric(cell: string): boolean {
  return numeric.test(cell);
}
