// Plain text, one row a line: TXT and Markdown, fastText's `__label__` lines, and CoNLL sentences (their token
// labels are said to be left out).
import { DatasetError } from '../contract/errors';
import type { Cell } from '../contract/records';
import { decodedText } from './encoding';
import type { ByteSource, OpenedFile, ReadLog, RowBatch } from './reading';

type LineReader = (line: string, number: number, log: ReadLog) => Record<string, Cell> | null;

async function* lineBatches(
  source: ByteSource,
  encoding: string,
  columns: readonly string[],
  read: LineReader,
  log: ReadLog,
): AsyncGenerator<RowBatch> {
  let row = 0;
  let rest = '';
  const take = (lines: string[]): RowBatch | null => {
    const cells: Cell[][] = columns.map(() => []);
    const first = row + 1;
    for (const line of lines) {
      const record = read(line.endsWith('\r') ? line.slice(0, -1) : line, row + 1, log);
      if (!record) continue;
      row++;
      columns.forEach((name, index) => cells[index]!.push(record[name] ?? null));
    }
    const rows = row + 1 - first;
    return rows > 0 ? { columns, cells, rows, first } : null;
  };
  for await (const piece of decodedText(source, encoding)) {
    const lines = (rest + piece).split(/\n|\r(?!\n|$)/);
    rest = lines.pop() ?? '';
    const batch = take(lines);
    if (batch) yield batch;
  }
  const batch = take([rest, '']);
  if (batch) yield batch;
  if (row === 0) throw new DatasetError(`${source.name} is empty. Add rows and import it again.`);
}

export function openLines(source: ByteSource, encoding: string, format: string): OpenedFile {
  const read: LineReader = (line) => (line.trim() === '' ? null : { text: line });
  return {
    path: source.name,
    format,
    shape: 'a text a line',
    encoding,
    mapping: { text: 'text' },
    batches: (log) => lineBatches(source, encoding, ['text'], read, log),
  };
}

export function looksLikeFastText(sample: string): boolean {
  const lines = sample
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, 200);
  return lines.length > 0 && lines.filter((line) => line.startsWith('__label__')).length >= lines.length / 2;
}

export function openFastText(source: ByteSource, encoding: string): OpenedFile {
  const read: LineReader = (line) => {
    if (line.trim() === '') return null;
    const words = line.trim().split(/\s+/);
    const count = words.findIndex((word) => !word.startsWith('__label__'));
    const marks = count < 0 ? words : words.slice(0, count);
    const text = line.trim().replace(/^(__label__\S+\s*)+/, '');
    return { text, labels: marks.length > 0 ? marks.map((mark) => mark.slice('__label__'.length)) : null };
  };
  return {
    path: source.name,
    format: 'txt',
    shape: 'fasttext',
    encoding,
    mapping: { text: 'text', labels: 'labels' },
    task: 'classifier',
    batches: (log) => lineBatches(source, encoding, ['text', 'labels'], read, log),
  };
}

export function looksLikeConll(sample: string): boolean {
  if (sample.includes('-DOCSTART-')) return true;
  const lines = sample.split(/\r?\n/).slice(0, 300);
  const tokens = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const tagged = tokens.filter((line) => /^\S+([ \t]+\S+)*[ \t]+(O|[BIES]-\S+)$/.test(line.trim()));
  return tokens.length > 5 && lines.some((line) => line.trim() === '') && tagged.length > tokens.length * 0.95;
}

/** Sentences as unlabelled texts. */
export function openConll(source: ByteSource, encoding: string): OpenedFile {
  return {
    path: source.name,
    format: 'conll',
    shape: 'token labels',
    encoding,
    mapping: { text: 'text' },
    async *batches(log) {
      let words: string[] = [];
      const read: LineReader = (line, number) => {
        const token = line.trim().split(/\s+/)[0] ?? '';
        if (token !== '' && token !== '-DOCSTART-' && !line.startsWith('# ')) {
          words.push(token);
          return null;
        }
        if (words.length === 0) return null;
        const text = words.join(' ');
        words = [];
        if (number === 1)
          log.warn(
            'token-labels',
            'Labels of single words are not read yet: the sentences come as texts without labels.',
          );
        return { text };
      };
      yield* lineBatches(source, encoding, ['text'], read, log);
    },
  };
}
