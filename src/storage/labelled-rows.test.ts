// Pages survive their bytes, and rows come back with the labels in force.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell, Dataset } from '../contract/records';
import { getDataset, listDatasets, putDataset, purgeDataset } from './datasets';
import { readLabelledRows } from './labelled-rows';
import { encodePage, PageView, splitCode } from './row-page-codec';
import { orphanedPageOwners, pageStarts, putPages, readPage, removePages } from './row-pages';
import { write } from './transact';

const emptyReport: Dataset['report'] = {
  errors: [],
  warnings: [],
  files: [],
  stats: {
    rowsRead: 0,
    rowsKept: 0,
    rowsRefused: 0,
    labelled: 0,
    unlabelled: 0,
    classes: {},
    splits: {},
    duplicates: 0,
    conflicting: 0,
    empty: 0,
    tooLong: 0,
    sizeBytes: 0,
    columns: [],
  },
};

function dataset(id: string, change: Partial<Dataset> = {}): Dataset {
  return {
    id,
    projectId: 'p',
    name: 'd',
    version: 1,
    rootId: id,
    origin: 'test',
    createdAt: 1,
    rows: 0,
    columns: ['text', 'label'],
    mapping: { text: 'text', label: 'label' },
    multiLabel: false,
    hash: '',
    report: emptyReport,
    sizeBytes: 0,
    ...change,
  };
}

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 }),
);

describe('page codec', () => {
  it('gives back every cell, ordinal and split', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, fc.string({ unit: 'grapheme' }), fc.nat(3)), { maxLength: 60 }), (rows) => {
        const cells = [rows.map((row) => row[0]), rows.map((row) => row[1])];
        const ordinals = Uint32Array.from(rows, (_, index) => index * 3 + 1);
        const splits = Uint8Array.from(rows, (row) => row[2]);
        const view = new PageView(
          encodePage({ columns: ['__proto__', 'b'], cells, rows: rows.length, ordinals, splits }),
        );
        expect(view.column('__proto__')).toEqual(cells[0]);
        expect(view.column('b')).toEqual(cells[1]);
        rows.forEach((row, index) => {
          expect(view.ordinal(index)).toBe(index * 3 + 1);
          expect(splitCode(view.split(index))).toBe(row[2]);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('keeps a byte order mark inside a text and many distinct texts', () => {
    const texts = Array.from({ length: 400 }, (_, index) => `\uFEFF${String(index)} é 🚂`);
    const view = new PageView(encodePage({ columns: ['t'], cells: [texts], rows: 400, ordinals: 7, splits: null }));
    expect(view.column('t')).toEqual(texts);
    expect(view.ordinal(3)).toBe(10);
    expect(view.column('absent')[5]).toBeNull();
  });

  it('refuses a damaged page by name', () => {
    const bytes = encodePage({ columns: ['t'], cells: [['a']], rows: 1, ordinals: 0, splits: null });
    expect(() => new PageView(bytes.subarray(0, bytes.length - 4))).toThrow(
      expect.objectContaining({ name: 'StorageError' }),
    );
  });
});

describe('labelled rows', () => {
  it('overlays labels by place, one page at a time', async () => {
    const set = dataset('set-a', { rows: 4 });
    const page = (start: number, texts: string[], labels: Cell[]): Parameters<typeof putPages>[1][number] => ({
      page: start / 2,
      firstRow: start,
      rows: texts.length,
      bytes: encodePage({
        columns: ['text', 'label'],
        cells: [texts, labels],
        rows: texts.length,
        ordinals: start,
        splits: start === 0 ? Uint8Array.of(1, 0) : null,
      }),
    });
    await putPages('set-a', [page(0, ['one', 'two'], ['a', 'a']), page(2, ['three', 'four'], ['b', null])]);
    await putDataset(set);
    const label = (ordinal: number, labels: string[]) => ({
      projectId: 'p',
      rowId: `set-a.${String(ordinal)}`,
      rootId: 'set-a',
      ordinal,
      labels,
      origin: 'correction' as const,
      by: 'x',
      at: 1,
    });
    await write(['labels'], async (tx) => {
      await tx.objectStore('labels').put(label(1, ['z']));
      await tx.objectStore('labels').put(label(2, []));
    });
    const rows = [];
    for await (const part of readLabelledRows(await getDataset('set-a'))) rows.push(...part);
    expect(rows.map((row) => [row.rowId, row.text, row.labels, row.split, row.origin])).toEqual([
      ['set-a.0', 'one', ['a'], 'train', 'imported'],
      ['set-a.1', 'two', ['z'], null, 'correction'],
      ['set-a.2', 'three', [], null, null],
      ['set-a.3', 'four', [], null, null],
    ]);
    expect(await pageStarts(set)).toEqual([0, 2]);
    expect((await readPage('set-a', 1)).view.column('text')).toEqual(['three', 'four']);
  });

  it('finds pages without a record and removes a version with its rows', async () => {
    const bytes = encodePage({ columns: ['t'], cells: [['a']], rows: 1, ordinals: 0, splits: null });
    await putPages('lost', [{ page: 0, firstRow: 0, rows: 1, bytes }]);
    await putPages('kept', [{ page: 0, firstRow: 0, rows: 1, bytes }]);
    await putDataset(dataset('kept'));
    expect(await orphanedPageOwners()).toContain('lost');
    expect(await orphanedPageOwners()).not.toContain('kept');
    await removePages('lost');
    await purgeDataset('kept');
    await expect(getDataset('kept')).rejects.toMatchObject({ name: 'NotFoundError' });
    expect(await orphanedPageOwners()).not.toContain('kept');
  });

  it('lists the newest of each family', async () => {
    await putDataset(dataset('f1', { projectId: 'q', rootId: 'f1' }));
    await putDataset(dataset('f2', { projectId: 'q', rootId: 'f1', version: 2, createdAt: 2 }));
    expect((await listDatasets('q')).map((item) => item.id)).toEqual(['f2']);
  });
});
