// Files in, data sets out: tools' files read right, odd and hostile ones read or refused by name.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorNames } from '../../src/contract/errors';
import type { Dataset } from '../../src/contract/records';
import { describeWithShared } from '../../src/lib/testing/shared';
import { importFiles, totalBytes } from './import-files';
import { Job } from './job';
import { queryRows } from './rows-query';

function importAll(files: File[], options: Parameters<typeof importFiles>[0]['options'] = {}): Promise<Dataset> {
  return importFiles({ projectId: 'p', files, options }, new Job(totalBytes(files)));
}
const fileAt = (full: string): File => new File([readFileSync(full)], path.basename(full));

interface Expected {
  rows: number;
  labels?: Record<string, number>;
  splits?: Record<string, number> | null;
  text_column?: string | string[];
}

describeWithShared('files as tools write them', 'datasets/import-samples', (folder) => {
  const refused = /\.(arrow|feather|parquet|xlsx)$/;
  for (const name of readdirSync(folder)
    .filter((entry) => entry.endsWith('.expected.json'))
    .map((entry) => entry.replace('.expected.json', '')))
    it(name, async () => {
      const expected = JSON.parse(readFileSync(path.join(folder, `${name}.expected.json`), 'utf8')) as Expected;
      const importing = importAll([fileAt(path.join(folder, name))]);
      if (refused.test(name)) {
        await expect(importing).rejects.toMatchObject({ name: 'UnsupportedError' });
        return;
      }
      const dataset = await importing;
      expect(dataset.rows).toBe(expected.rows);
      const { stats } = dataset.report;
      if (expected.labels && (dataset.mapping.label ?? dataset.mapping.labels))
        expect(stats.classes).toMatchObject(expected.labels);
      else expect(expected.labels).toBeUndefined();
      if (expected.splits) expect(stats.splits).toEqual(expected.splits);
      if (typeof expected.text_column === 'string') expect(dataset.mapping.text).toBe(expected.text_column);
    });
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const full = path.join(folder, name);
    return statSync(full).isDirectory() ? filesUnder(full) : /SOURCE|README|LICEN/i.test(name) ? [] : [full];
  });
}

for (const name of ['csv-odd', 'json-hostile'])
  describeWithShared(`odd and hostile files: ${name}`, `datasets/${name}`, (folder) => {
    it('are each read, or refused by name, without polluting anything', async () => {
      const before = Object.getOwnPropertyNames(Object.prototype).length;
      const odd: string[] = [];
      for (const full of filesUnder(folder)) {
        const startedAt = performance.now();
        try {
          expect((await importAll([fileAt(full)])).rows).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof Error) || !(errorNames as readonly string[]).includes(error.name))
            odd.push(`${full}: ${String(error)}`);
        }
        if (performance.now() - startedAt > 5000) odd.push(`${full}: slow`);
      }
      expect(odd).toEqual([]);
      expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
      expect('polluted' in {}).toBe(false);
    });
  });

describe('import', () => {
  it('names the row and the reason, and imports the rest', async () => {
    const dataset = await importAll([new File(['text,label\na,x\nb,y,z\n"open,x\nc,x\n'], 'd.csv')]);
    expect(dataset.rows).toBe(2);
    expect(dataset.report.errors.map((entry) => [entry.count, entry.rows])).toEqual([
      [1, [2]],
      [1, [3]],
    ]);
    expect(dataset.report.stats).toMatchObject({ rowsRead: 4, rowsRefused: 2 });
  });

  it('keeps own names of columns that rows carry themselves', async () => {
    const dataset = await importAll([new File(['id,split,text,label\n7,train,hi,a\n8,dev,ho,b\n'], 'd.csv')]);
    expect(dataset.columns).toEqual(['id (file)', 'split', 'text', 'label']);
    const { rows } = await queryRows(dataset.id, { offset: 0, limit: 9 });
    expect(rows.map((row) => [row['id (file)'], row.split, row['label'], row.labels])).toEqual([
      ['7', 'train', 'a', ['a']],
      ['8', 'validation', 'b', ['b']],
    ]);
  });

  it('gives the same hash for the same file and another for a changed one', async () => {
    const text = 'text,label\na,x\nb,y\n';
    const one = await importAll([new File([text], 'd.csv')]);
    const two = await importAll([new File([text], 'e.csv')]);
    const three = await importAll([new File([text.replace('b,y', 'b,z')], 'd.csv')]);
    expect(one.hash).toBe(two.hash);
    expect(one.hash).not.toBe(three.hash);
  });

  it('takes splits from the names of several files, not of a single one', async () => {
    const file = (name: string): File => new File(['text,label\na,x\n'], name);
    expect((await importAll([file('train.csv')])).report.stats.splits).toEqual({});
    const several = await importAll([file('train.csv'), file('dev.csv'), file('other.csv')]);
    expect(several.report.stats.splits).toEqual({ train: 1, validation: 1 });
    const heldBack = await importAll([file('data.csv'), file('test.csv')]);
    expect(heldBack.report.stats.splits).toEqual({ test: 1 });
  });
});

describe('a taxonomy file', () => {
  it('becomes labels and confidences with its tree; codes stay text; what differs is in the report', async () => {
    const metadata = { total_samples: 9, taxonomy: { '000': ['004', '005'], 500: ['510'] } };
    const samples = [
      { text: 'one', taxonomy_codes: ['004'], confidence: 0.9 },
      { text: 'two', taxonomy_codes: ['004', '005'], confidence: 1.2 },
      { text: 'three', taxonomy_codes: ['099'], confidence: 0.5 },
    ];
    const dataset = await importAll([new File([JSON.stringify({ metadata, samples })], 'library.json')]);
    expect(dataset.mapping).toEqual({ text: 'text', labels: 'taxonomy_codes', confidence: 'confidence' });
    expect(dataset.multiLabel).toBe(true);
    expect(dataset.report.stats.classes).toEqual({ '004': 2, '005': 1, '099': 1 });
    expect(dataset.taxonomy?.find(({ code }) => code === '510')).toEqual({ code: '510', parent: '500' });
    const codes = dataset.report.warnings.map(({ code }) => code);
    for (const code of ['count-differs', 'unknown-code', 'unused-code', 'odd-confidence'])
      expect(codes).toContain(code);
    const { rows } = await queryRows(dataset.id, { offset: 0, limit: 5 });
    expect(rows.map((row) => row.labels)).toEqual([['004'], ['004', '005'], ['099']]);
  });

  it('that ships as a sample is as its metadata says', async () => {
    const file = path.join(import.meta.dirname, '..', '..', 'sample-data', 'library-taxonomy', 'samples.json');
    const dataset = await importAll([fileAt(file)]);
    expect(dataset.rows).toBeGreaterThanOrEqual(600);
    expect(dataset.taxonomy?.filter(({ parent }) => parent === null).length).toBeGreaterThanOrEqual(10);
    const told = /differs|unknown-code|unused-code|odd-confidence/;
    expect(dataset.report.warnings.filter(({ code }) => told.test(code))).toEqual([]);
  });
});
