// The report counts right, and the same however the rows are cut into pages.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell, Mapping } from '../contract/records';
import { dictionaryOf } from '../storage/row-page-codec';
import { DatasetAnalysis, type AnalysisResult } from './dataset-report';
import { PageReader } from './dataset-report-page';
import { TextTable } from './hash-table';
import { guessMapping } from './mapping-guess';

const columns = ['text', 'label', 'split'];
const mapping: Mapping = { text: 'text', label: 'label', split: 'split' };

function analyse(rows: readonly (readonly Cell[])[], perPage = 1e6, map: Mapping = mapping): AnalysisResult {
  const analysis = new DatasetAnalysis(map);
  const reader = new PageReader(map);
  for (let at = 0; at < rows.length; at += perPage) {
    const part = rows.slice(at, at + perPage);
    const cells = columns.map((_, column) => part.map((row) => row[column] ?? null));
    analysis.add(
      reader.look({
        columns,
        cells,
        rows: part.length,
        dictionaries: cells.map(dictionaryOf),
        splits: null,
        first: at + 1,
      }),
    );
  }
  return analysis.finish();
}

describe('report', () => {
  it('counts classes, splits, repeats, conflicts, blanks and leaks', () => {
    const { stats, warnings } = analyse([
      ['a', 'x', 'train'],
      ['a', 'x', 'test'],
      ['b', 'x', 'train'],
      [' b ', 'y', 'dev'],
      ['', 'y', 'odd'],
      ['c', '', ''],
      ['d'.repeat(3000), 'X ', 'train'],
      ['e', 'constructor', 'train'],
    ]);
    expect(stats).toMatchObject({
      rowsKept: 8,
      labelled: 7,
      unlabelled: 1,
      duplicates: 2,
      conflicting: 1,
      empty: 1,
      tooLong: 1,
    });
    expect(stats.splits).toEqual({ train: 4, validation: 1, test: 1 });
    expect(stats.classes).toEqual({ x: 3, y: 2, 'X ': 1, constructor: 1 });
    expect(stats.textLength?.max).toBe(3000);
    const rows = Object.fromEntries(warnings.map((entry) => [entry.code, entry.rows ?? entry.values]));
    expect(rows).toMatchObject({
      'duplicate-text': [2, 4],
      'conflicting-labels': [4],
      'empty-text': [5],
      'long-text': [7],
      'unknown-split': [5],
      leak: [2],
      'similar-labels': ['"x" / "X "'],
      'small-class': ['x', 'y', 'X ', 'constructor'],
    });
  });

  it('is the same however the rows are cut into pages', () => {
    const row = fc.tuple(
      fc.constantFrom('a', 'b', 'c', '', 'd e'),
      fc.constantFrom('x', 'y', 'Y', '', null),
      fc.constantFrom('train', 'test', 'val', 'q', null),
    );
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (rows, perPage) => {
        expect(analyse(rows, perPage)).toEqual(analyse(rows));
      }),
      { numRuns: 100 },
    );
  });

  it('tells types and several labels', () => {
    const rows = Array.from({ length: 20 }, (_, row): Cell[] => [
      String(row),
      row % 2 ? ['a', 'b'] : ['a'],
      row === 3 ? 'n/a' : row,
    ]);
    const { stats, multiLabel } = analyse(rows, 7, { labels: 'label' });
    expect(stats.columns.map((column) => column.type)).toEqual(['number', 'list', 'mixed']);
    expect(stats.classes).toEqual({ a: 20, b: 10 });
    expect(multiLabel).toBe(true);
  });
});

describe('table of texts', () => {
  it('knows a text again and no other', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 300 }), (texts) => {
        const table = new TextTable();
        const seen = new Set<string>();
        for (const text of texts) {
          table.slot(text);
          expect(table.known).toBe(seen.has(text));
          seen.add(text);
        }
      }),
      { numRuns: 50 },
    );
    const many = new TextTable();
    for (let row = 0; row < 200_000; row++) many.slot(`text number ${String(row)}`);
    expect(many.size).toBe(200_000);
  });
});

describe('guess of the mapping', () => {
  const guess = (names: string[], ...rows: Cell[][]): Mapping =>
    guessMapping(
      names,
      names.map((_, column) => rows.map((row) => row[column] ?? null)),
    );
  it.each<[Mapping, string[], Cell[][]]>([
    [{ text: 'text', label: 'category' }, ['text', 'category'], [['a b', 'x']]],
    [{ text: 'Nachricht', label: 'Kategorie' }, ['Nachricht', 'Kategorie'], [['a b', 'x']]],
    [{ user: 'user_id', item: 'movie_id', rating: 'rating' }, ['user_id', 'movie_id', 'rating'], [['1', '2', '3']]],
    [
      { sentence1: 'sentence1', sentence2: 'sentence2', score: 'score' },
      ['sentence1', 'sentence2', 'score'],
      [['a', 'b', '1']],
    ],
    [{ instruction: 'question', output: 'answer' }, ['question', 'answer'], [['a b', 'c d']]],
    [{ text: 'text', split: 'split', label: 'label' }, ['text', 'label', 'split'], [['a b', 'x', 'train']]],
    [{ text: 'text' }, ['text', 'split'], [['a b', 'left']]],
  ])('%j', (expected, names, rows) => {
    expect(guess(names, ...rows)).toEqual(expected);
  });
  it('goes by the cells where names say nothing', () => {
    const rows = Array.from({ length: 12 }, (_, row): Cell[] => [
      `id${String(row)}`,
      `some longer words ${String(row)}`,
      row % 3 ? 'red' : 'blue',
    ]);
    expect(guess(['q1', 'q2', 'q3'], ...rows)).toEqual({ text: 'q2', label: 'q3' });
  });
});
