// Names and roles of the columns of a delimited file, from its header or from what its cells look like.
import type { Mapping } from '../contract/records';
import { isNumeric, looksLikeHeader } from './csv-sniff';

export interface CsvColumns {
  header: boolean;
  names: string[];
  shape?: string;
  mapping?: Mapping;
  task?: string;
}

/** @param rows the first rows, header included where there is one */
export function csvColumns(rows: readonly string[][], told?: boolean): CsvColumns {
  const header = told ?? looksLikeHeader(rows);
  const first = rows[0] ?? [];
  if (header) return { header, ...namedColumns(first) };
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return { header, ...headerless(rows, width) };
}

function namedColumns(first: readonly string[]): Omit<CsvColumns, 'header'> {
  const typed = first.every((cell) => /^[^:]+:(token|float|token_seq|float_seq)$/.test(cell.trim()));
  const plain = first.map((cell) => (typed ? cell.slice(0, cell.lastIndexOf(':')) : cell).trim());
  const names = uniqueNames(plain);
  return typed ? { names, shape: 'recbole-inter', task: 'recommender' } : { names };
}

/** Empty names become `column n`; a name used twice gets a number. */
export function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name, index) => {
    const base = name === '' ? `column ${String(index + 1)}` : name;
    let unique = base;
    for (let copy = 2; used.has(unique); copy++) unique = `${base} (${String(copy)})`;
    used.add(unique);
    return unique;
  });
}

function headerless(rows: readonly string[][], width: number): Omit<CsvColumns, 'header'> {
  const column = (index: number): string[] => rows.map((row) => row[index] ?? '').filter((cell) => cell !== '');
  const all = (index: number, test: (cell: string) => boolean): boolean => {
    const cells = column(index);
    return cells.length > 0 && cells.every(test);
  };
  const whole = (cell: string): boolean => /^\d+$/.test(cell.trim());
  const prose = (index: number): boolean => {
    const cells = column(index);
    return cells.length > 0 && cells.filter((cell) => /\s/.test(cell.trim())).length > cells.length / 2;
  };
  const stamp = (cell: string): boolean => whole(cell) && Number(cell) > 1e8;
  const rating = (cell: string): boolean => isNumeric(cell) && Number(cell) >= 0 && Number(cell) <= 10;
  if (width === 4 && all(0, whole) && all(1, whole) && all(2, rating) && all(3, stamp))
    return {
      names: ['user_id', 'item_id', 'rating', 'timestamp'],
      shape: 'movielens-ratings',
      mapping: { user: 'user_id', item: 'item_id', rating: 'rating', timestamp: 'timestamp' },
      task: 'recommender',
    };
  if (width === 3 && all(0, whole) && column(2).some((cell) => /^[^|]+(\|[^|]+)+$/.test(cell)) && prose(1))
    return {
      names: ['item_id', 'title', 'genres'],
      shape: 'movielens-items',
      mapping: { item: 'item_id', text: 'title' },
    };
  if (width === 3 && prose(0) && prose(1) && all(2, rating))
    return {
      names: ['sentence1', 'sentence2', 'score'],
      shape: 'sentence-pairs',
      mapping: { sentence1: 'sentence1', sentence2: 'sentence2', score: 'score' },
      task: 'embedding',
    };
  const listed = (cell: string): boolean => /^\d{1,4}(,\d{1,4})*$/.test(cell);
  if (width === 3 && prose(0) && all(1, listed) && column(1).some((cell) => cell.includes(',')))
    return {
      names: ['text', 'labels', 'source'],
      shape: 'text-label-numbers',
      mapping: { text: 'text', labels: 'labels' },
      task: 'classifier',
    };
  const names = Array.from({ length: width }, (_, index) => `column ${String(index + 1)}`);
  return { names };
}
