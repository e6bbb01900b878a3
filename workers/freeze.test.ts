// Rows as a run freezes them: their hash (equal for equal rows, another for whatever changes the model), trees, certainty.
import { describe, expect, it } from 'vitest';
import type { TaskData } from '../src/tasks/task';
import type { TaxonomyCode } from '../src/lib/taxonomy';
import { resolveRecipe } from '../src/lib/recipe';
import { getProject } from '../src/storage/projects';
import { spec } from '../src/tasks/classifier/spec';
import { hashRows, readRows, storeRows as freezeRows, thawRows } from './freeze';
import { topicRows } from './testing/classifier-rows';
import { storeRows, storeRun } from './testing/stored-rows';

describe('the hash of the rows', () => {
  const weighted = (weight: number): TaskData => {
    const data = topicRows();
    data.splits.train.weights[0] = weight;
    return data;
  };

  it('is the same for the same rows and another for another weight', async () => {
    const hash = await hashRows(weighted(1));
    expect(await hashRows(weighted(1))).toBe(hash);
    expect(await hashRows(weighted(2))).not.toBe(hash);
  });

  it('is another for rows that are less certain, and for a tree', async () => {
    const plain = topicRows(true);
    const certainty = new Float64Array(plain.splits.train.rowIds.length).fill(0.8);
    const { splits } = plain;
    const doubtful = { ...plain, splits: { ...splits, train: { ...splits.train, certainty } } };
    const tree = { ...plain, parents: [-1, 0, 0] };
    const hashes = await Promise.all([plain, doubtful, tree].map(hashRows));
    expect(new Set(hashes).size).toBe(3);
  });
});

describe('rows with codes of a tree', () => {
  const codes = ['004', '005', '510', '590'];
  const rows = Array.from({ length: 40 }, (_, i) => ({
    text: `text ${i} about ${codes[i % 4]}`,
    labels: i === 17 ? ['005', '510'] : [codes[i % 4]!],
    confidence: i === 3 ? 7 : i % 5 === 0 ? 0.5 : 1,
  }));
  const read = async (config: Record<string, unknown>, taxonomy?: TaxonomyCode[]) => {
    const { projectId, dataset } = await storeRows('classifier', rows);
    const { config: whole } = resolveRecipe(spec, { config });
    const recipe = { task: 'classifier', dataset: dataset.id, seed: 1, config: whole };
    const { data, notes } = await readRows(
      recipe,
      spec,
      { ...dataset, taxonomy: taxonomy ?? [] },
      await getProject(projectId),
    );
    return { data, notes };
  };

  it('have the labels above theirs, keep their zeros, and are as certain as the file says', async () => {
    const { data, notes } = await read({});
    expect([...data.labels].sort()).toEqual(['000', '004', '005', '500', '510', '590']);
    for (const rows of Object.values(data.splits))
      for (const own of rows.targets) {
        const names = own.map((label) => data.labels[label]!);
        for (const name of names) expect(names).toContain(`${name[0]!}00`);
        expect(own.some((label) => data.parents?.[label] !== -1)).toBe(true);
      }
    const { train, validation } = data.splits;
    const wanted = train.rowIds.map((id) => (Number(id.split('.').at(-1)) % 5 === 0 ? 0.5 : 1));
    expect([...(train.certainty ?? [])]).toEqual(wanted);
    expect(validation.certainty).toBeUndefined();
    expect(notes.join(' ')).toContain('1 rows have a confidence outside 0 to 1');
  });

  it('stand side by side where that is wanted; a declared tree goes before what codes look like', async () => {
    const { data } = await read({ taxonomy: 'none' });
    expect(data.labels).toHaveLength(4);
    expect(data.parents).toBeUndefined();
    const declared = await read({}, [
      { code: '510', parent: '004' },
      { code: '590', parent: null },
    ]);
    const { labels, parents } = declared.data;
    expect(parents?.[labels.indexOf('510')]).toBe(labels.indexOf('004'));
    expect(parents?.[labels.indexOf('590')]).toBe(-1);
  });

  it('are thawed as they were frozen', async () => {
    const stored = await storeRows('classifier', rows);
    const run = await storeRun(spec, stored, {});
    const { data } = await readRows(run.recipe, spec, stored.dataset, await getProject(stored.projectId));
    await freezeRows(run, data);
    expect(await thawRows(run, stored.dataset)).toEqual(data);
  });
});
