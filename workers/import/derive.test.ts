// Versions, queries and exports: rows keep their ids, labels stay in force, and what is taken away comes back the same.
import { beforeEach, describe, expect, it } from 'vitest';
import type { DatasetChange } from '../../src/contract/data';
import type { Dataset } from '../../src/contract/records';
import { getDataset, listDatasets } from '../../src/storage/datasets';
import { getProject } from '../../src/storage/projects';
import { orphanedPageOwners } from '../../src/storage/row-pages';
import { write } from '../../src/storage/transact';
import { deriveDataset } from './derive';
import { exportDataset } from './export-rows';
import { importFiles } from './import-files';
import { sweepOrphans } from './import-lock';
import { Job } from './job';
import { previewFiles } from './preview';
import { queryRowIds, queryRows } from './rows-query';
import { reportInForce } from './stats';

const csv = [
  'id,text,label,n',
  ...Array.from(
    { length: 100 },
    (_, row) => `${String(row)},"text ${String(row % 90)}, here",${row % 4 ? 'b' : 'a'},${String(row * 2)}`,
  ),
].join('\n');

let number = 0;
let dataset: Dataset;
beforeEach(async () => {
  number++;
  dataset = await importFiles(
    { projectId: `p${String(number)}`, files: [new File([csv], 'd.csv')], options: {} },
    new Job(1),
  );
});
const derive = (change: DatasetChange, from = dataset): Promise<Dataset> => deriveDataset(from.id, change, new Job(0));
const rowId = (row: number): string => `${dataset.rootId}.${String(row)}`;
const all = async (id: string) => (await queryRows(id, { offset: 0, limit: 1000 })).rows;

async function label(row: number, labels: string[]): Promise<void> {
  await write(['labels'], (tx) =>
    tx.objectStore('labels').put({
      projectId: dataset.projectId,
      rowId: rowId(row),
      rootId: dataset.rootId,
      ordinal: row,
      labels,
      origin: 'label',
      by: 'me',
      at: 1,
    }),
  );
}

describe('queries', () => {
  it('see an undo that nobody has told of yet', async () => {
    const { projectId } = dataset;
    const act = { projectId, at: 1, by: 'me', what: 'Labelled', changes: [] };
    const quietly = { quiet: true };
    const edits = (undone: boolean, id: number): Promise<unknown> =>
      write(['edits'], (tx) => tx.objectStore('edits').put({ ...act, id, undone }), quietly);
    const found = async (): Promise<number> =>
      (await queryRows(dataset.id, { offset: 0, limit: 5, where: { label: 'zebra' } })).total;
    await label(1, ['zebra']);
    await edits(false, number * 10);
    await edits(true, number * 10 + 1);
    expect(await found()).toBe(1);
    await write(['labels'], (tx) => tx.objectStore('labels').delete([projectId, rowId(1)]), quietly);
    await edits(true, number * 10);
    expect(await found()).toBe(0);
  });

  it('filter, sort and page, with the labels in force', async () => {
    await label(1, ['zebra']);
    expect(
      (await queryRows(dataset.id, { offset: 0, limit: 5, where: { label: 'zebra' } })).rows.map((row) => row.id),
    ).toEqual([rowId(1)]);
    expect((await queryRows(dataset.id, { offset: 0, limit: 5, where: { labelOrigin: 'label' } })).total).toBe(1);
    const sorted = await queryRows(dataset.id, { offset: 2, limit: 2, sort: '-n', where: { n: { gte: 100 } } });
    expect([sorted.total, sorted.rows.map((row) => row['n'])]).toEqual([50, ['194', '192']]);
    expect(await queryRowIds(dataset.id, { '*': { contains: 'text 7,' } })).toEqual([rowId(7), rowId(97)]);
    expect((await queryRows(dataset.id, { offset: 95, limit: 50 })).rows).toHaveLength(5);
    await expect(queryRows(dataset.id, { offset: -1, limit: 5 })).rejects.toMatchObject({ name: 'DatasetError' });
    await expect(queryRows('nothing', { offset: 0, limit: 5 })).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  it('count classes with the labels in force', async () => {
    await label(0, ['b']);
    await label(1, []);
    const { stats } = await reportInForce(dataset.id);
    expect([stats.classes, stats.labelled, stats.unlabelled]).toEqual([{ a: 24, b: 75 }, 99, 1]);
  });
});

describe('versions', () => {
  it('name conflicts and classes with the labels in force', async () => {
    const codes = async (): Promise<string[]> => (await reportInForce(dataset.id)).warnings.map((entry) => entry.code);
    const { stats } = dataset.report;
    expect(stats.conflicting).toBeGreaterThan(0);
    expect(await codes()).toContain('conflicting-labels');
    for (let row = 90; row < 100; row++) await label(row, [(row % 90) % 4 ? 'b' : 'a']);
    expect((await reportInForce(dataset.id)).stats.conflicting).toBe(0);
    expect(await codes()).not.toContain('conflicting-labels');
    expect(await codes()).toContain('duplicate-text');
    await label(1, ['B']);
    expect(await codes()).toEqual(expect.arrayContaining(['conflicting-labels', 'small-class', 'similar-labels']));
  });

  it('split by class, keeping ids and parent', async () => {
    const version = await derive({
      kind: 'split',
      fractions: { train: 0.6, validation: 0.2, test: 0.2 },
      seed: 0,
      stratify: true,
    });
    expect(version).toMatchObject({ parent: dataset.id, rootId: dataset.id, version: 2, rows: 100 });
    expect(version.report.stats.splits).toEqual({ train: 60, validation: 20, test: 20 });
    expect(version.hash).not.toBe(dataset.hash);
    expect((await getDataset(dataset.id)).hash).toBe(dataset.hash);
    expect((await listDatasets(dataset.projectId)).map((item) => item.id)).toEqual([version.id]);
    const again = await derive({
      kind: 'split',
      fractions: { train: 0.6, validation: 0.2, test: 0.2 },
      seed: 0,
      stratify: true,
    });
    expect(again.hash).toBe(version.hash);
    expect(again.version).toBe(3);
  });

  it('are the project’s at once, numbered apart, and bring back no label that was corrected away', async () => {
    const { projectId } = dataset;
    await write(['projects'], (tx) =>
      tx.objectStore('projects').put({
        id: projectId,
        name: 'p',
        task: 'intent',
        createdAt: 1,
        openedAt: 1,
        labels: ['b', 'c'],
      }),
    );
    for (let row = 0; row < 100; row += 4) await label(row, ['c']);
    const [one, two] = await Promise.all([
      derive({ kind: 'remove', rowIds: [rowId(1)] }),
      derive({ kind: 'remove', rowIds: [rowId(2)] }),
    ]);
    expect([one.version, two.version].sort()).toEqual([2, 3]);
    const project = await getProject(projectId);
    expect(project.labels).toEqual(['b', 'c']);
    expect(project.activeDatasetId).toBe([one, two].find((version) => version.version === 3)!.id);
  });

  it('remove, clean and keep labels with their rows', async () => {
    await label(50, ['kept']);
    const fewer = await derive({ kind: 'remove', rowIds: [rowId(0), rowId(99)] });
    expect([fewer.rows, (await all(fewer.id))[49]?.id, (await all(fewer.id))[49]?.['label']]).toEqual([
      98,
      rowId(50),
      'kept',
    ]);
    expect((await reportInForce(fewer.id)).stats.classes['kept']).toBe(1);
    const clean = await derive({ kind: 'clean', duplicates: true });
    expect([clean.rows, clean.report.stats.duplicates]).toEqual([90, 0]);
    await expect(derive({ kind: 'remove', rowIds: ['other.1'] })).rejects.toMatchObject({ name: 'DatasetError' });
    await expect(
      derive({ kind: 'remove', rowIds: (await all(dataset.id)).map((row) => row.id) }),
    ).rejects.toMatchObject({ name: 'DatasetError' });
  });

  it('edit cells, assign splits and map anew', async () => {
    const edited = await derive({ kind: 'edit', cells: [{ rowId: rowId(3), column: 'text', value: 'new' }] });
    expect((await all(edited.id))[3]?.['text']).toBe('new');
    const assigned = await derive({ kind: 'assign-split', rowIds: [rowId(3)], split: 'test' }, edited);
    expect((await all(assigned.id)).map((row) => row.split).filter(Boolean)).toEqual(['test']);
    const taken = await derive({ kind: 'assign-split', rowIds: [rowId(3)], split: null }, assigned);
    expect((await all(taken.id)).every((row) => row.split === null)).toBe(true);
    const mapped = await derive({ kind: 'mapping', mapping: { text: 'text', label: 'n' } });
    expect(Object.keys(mapped.report.stats.classes)).toHaveLength(100);
    await expect(derive({ kind: 'mapping', mapping: { text: 'absent' } })).rejects.toMatchObject({
      name: 'DatasetError',
    });
  });
});

describe('exports', () => {
  it('come back the same as CSV, JSONL and JSON', async () => {
    await label(5, ['=evil']);
    const before = (await all(dataset.id)).map((row) => [row['id (file)'], row['text'], row['label'], row['n']]);
    for (const format of ['csv', 'jsonl', 'json']) {
      const blob = await exportDataset(dataset.id, format);
      const back = await importFiles(
        { projectId: 'back', files: [new File([blob], `d.${format}`)], options: {} },
        new Job(1),
      );
      expect(back.columns).toEqual(dataset.columns);
      expect((await all(back.id)).map((row) => [row['id (file)'], row['text'], row['label'], row['n']])).toEqual(
        before,
      );
    }
    expect(await (await exportDataset(dataset.id, 'csv')).text()).toContain("'=evil");
    const studio = JSON.parse(await (await exportDataset(dataset.id, 'label-studio')).text()) as unknown[];
    expect(studio[5]).toMatchObject({
      data: { text: 'text 5, here' },
      annotations: [{ result: [{ value: { choices: ['=evil'] } }] }],
    });
    await expect(exportDataset(dataset.id, 'parquet')).rejects.toMatchObject({ name: 'UnsupportedError' });
  });
});

describe('imports that end early', () => {
  it('leave nothing behind when cancelled', async () => {
    const job = new Job(1);
    job.cancel();
    await expect(
      importFiles({ projectId: 'q', files: [new File([csv], 'd.csv')], options: {} }, job),
    ).rejects.toMatchObject({ name: 'AbortError' });
    const late = new Job(1, (progress) => progress.rows > 0 && late.cancel());
    await importFiles({ projectId: 'q', files: [new File([csv], 'd.csv')], options: {} }, late).catch(
      (error: unknown) => error,
    );
    expect(await orphanedPageOwners()).toEqual([]);
    expect(await sweepOrphans()).toBe(0);
  });

  it('are told from finished ones at the next start', async () => {
    await write(['datasets'], (tx) => tx.objectStore('datasets').delete(dataset.id));
    expect(await sweepOrphans()).toBe(1);
    expect(await orphanedPageOwners()).toEqual([]);
  });
});

describe('preview', () => {
  it('shows first rows, mapping and refusals without storing', async () => {
    const preview = await previewFiles([new File([csv], 'd.csv'), new File(['PAR1'], 'e.parquet')], {});
    expect(preview).toMatchObject({
      rowsEstimated: 100,
      rowsExact: true,
      mapping: { text: 'text', label: 'label' },
      suggestedTask: 'intent',
    });
    expect(preview.rows).toHaveLength(50);
    expect(preview.columns[0]).toBe('id (file)');
    expect(preview.files[1]?.refusal?.name).toBe('UnsupportedError');
  });
});
