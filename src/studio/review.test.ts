// Acts on labels at the facade's boundary: committed when acknowledged, taken back and done again exactly.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLabelledRows } from '../storage/labelled-rows';
import { closeStudio } from '../storage/open';
import { openStudio } from '../storage/open';
import { putModel } from '../storage/models';
import { createReview } from './review';
import { fakeContext, fakeTrainer, storeProject } from './testing/fakes';

const rows = (count: number): [string, string][] =>
  Array.from({ length: count }, (_, i) => [`text ${i}`, i % 3 === 0 ? '' : ['a', 'b'][i % 2]!]);

async function state(projectId: string): Promise<unknown> {
  const db = await openStudio();
  const labels = (await db.getAll('labels')).filter((label) => label.projectId === projectId);
  const blocks = (await db.getAll('labelBlocks')).filter((block) => block.projectId === projectId);
  const project = await db.get('projects', projectId);
  return { labels, blocks, names: project?.labels };
}
async function inForce(dataset: Parameters<typeof readLabelledRows>[0]): Promise<string[]> {
  const all: string[] = [];
  for await (const page of readLabelledRows(dataset)) all.push(...page.map((row) => row.labels.join('+')));
  return all;
}

describe('labels', () => {
  it('is in the data base when acknowledged, over the imported label, with its name known', async () => {
    const { project, dataset, rowId } = await storeProject(rows(9));
    const review = createReview(fakeContext());
    await review.label({ projectId: project.id, rowId: rowId(0), labels: [' fees '] });
    await closeStudio();
    expect((await inForce(dataset))[0]).toBe('fees');
    expect((await openStudio().then((db) => db.get('projects', project.id)))?.labels).toEqual(['b', 'a', 'fees']);
    await review.label({ projectId: project.id, rowId: rowId(1), labels: [] });
    expect((await inForce(dataset))[1]).toBe('');
  });

  it('refuses rows of nowhere and labels that are none, by name, and changes nothing', async () => {
    const { project, rowId } = await storeProject(rows(9));
    const review = createReview(fakeContext());
    const before = await state(project.id);
    const label = (row: string, labels: string[]): Promise<unknown> =>
      review.label({ projectId: project.id, rowId: row, labels });
    await expect(label(rowId(9), ['a'])).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(label('nowhere.1', ['a'])).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(label(rowId(0), ['a', 'b'])).rejects.toMatchObject({ name: 'DatasetError' });
    await expect(label(rowId(0), [' '])).rejects.toMatchObject({ name: 'DatasetError' });
    await expect(label(rowId(0), ['x'.repeat(201)])).rejects.toMatchObject({ name: 'DatasetError' });
    await expect(review.label({ projectId: 'none', rowId: rowId(0), labels: ['a'] })).rejects.toMatchObject({
      name: 'NotFoundError',
    });
    expect(await state(project.id)).toEqual(before);
  });

  it('keeps who, before, after and note of a correction, and marks it when undone', async () => {
    const { project, rowId } = await storeProject(rows(9));
    const review = createReview(fakeContext());
    await review.correct({
      projectId: project.id,
      rowId: rowId(1),
      labels: ['a'],
      note: 'wrong',
      shouldEscalate: true,
    });
    const kept = { before: ['b'], after: ['a'], note: 'wrong', by: 'me', text: 'text 1', shouldEscalate: true };
    expect(await review.corrections(project.id)).toMatchObject([kept]);
    await review.undo(project.id);
    expect(await review.corrections(project.id)).toMatchObject([{ ...kept, undone: true }]);
    await review.redo(project.id);
    expect((await review.corrections(project.id))[0]?.undone).toBeUndefined();
  });
});

describe('many rows', () => {
  it('renames a label over imported and own labels, merges, and takes it back as one act', async () => {
    const { project, dataset, rowId } = await storeProject(rows(50), { pageRows: 7 });
    const review = createReview(fakeContext());
    await review.label({ projectId: project.id, rowId: rowId(0), labels: ['a'] });
    const before = await inForce(dataset);
    const count = before.filter((label) => label === 'a').length;
    expect(await review.renameLabel(project.id, 'a', 'c')).toEqual({ rows: count });
    expect(await inForce(dataset)).toEqual(before.map((label) => (label === 'a' ? 'c' : label)));
    expect(await review.renameLabel(project.id, 'c', 'b')).toEqual({ rows: count });
    expect(await inForce(dataset)).toEqual(before.map((label) => (label === 'a' ? 'b' : label)));
    expect((await openStudio().then((db) => db.get('projects', project.id)))?.labels).toEqual(['b']);
    expect((await review.undo(project.id))?.what).toContain(`Merged c into b (${count} rows)`);
    await review.undo(project.id);
    expect(await inForce(dataset)).toEqual(before);
    await expect(review.renameLabel(project.id, 'nothing', 'x')).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  it('adds and removes labels where several are allowed', async () => {
    const { project, dataset, rowId } = await storeProject(
      [
        ['x', ['a']],
        ['y', ['a', 'b']],
        ['z', null],
      ],
      { multiLabel: true, pageRows: 2 },
    );
    const review = createReview(fakeContext());
    const rowIds = [2, 0, 1, 1].map(rowId);
    await review.labelMany({ projectId: project.id, rowIds, labels: ['b', 'new'], mode: 'add' });
    expect(await inForce(dataset)).toEqual(['a+b+new', 'a+b+new', 'b+new']);
    await review.labelMany({ projectId: project.id, rowIds, labels: ['a'], mode: 'remove' });
    expect(await inForce(dataset)).toEqual(['b+new', 'b+new', 'b+new']);
    expect((await review.history(project.id)).map((edit) => edit.what)).toEqual([
      'Took a off 2 rows',
      'Added b, new to 3 rows',
    ]);
    await review.undo(project.id);
    await review.undo(project.id);
    expect(await inForce(dataset)).toEqual(['a', 'a+b', '']);
  });
});

type Step = { kind: 'label' | 'correct' | 'many' | 'rename' | 'add' | 'undo' | 'redo'; row: number; label: string };
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('label', 'correct', 'many', 'rename', 'add', 'undo', 'redo'),
  row: fc.nat(19),
  label: fc.constantFrom('a', 'b', 'c', 'd'),
});

describe('undo and redo', () => {
  it('come back to the start, and to the end, from any sequence of acts', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const { project, rowId } = await storeProject(rows(20), { pageRows: 6 });
        const projectId = project.id;
        const review = createReview(fakeContext());
        const start = await state(projectId);
        for (const { kind, row, label } of steps) {
          if (kind === 'label') await review.label({ projectId, rowId: rowId(row), labels: [label] });
          if (kind === 'correct') await review.correct({ projectId, rowId: rowId(row), labels: [label] });
          if (kind === 'many')
            await review.labelMany({ projectId, rowIds: [row, 3, 17].map(rowId), labels: [label], mode: 'set' });
          if (kind === 'rename') await review.renameLabel(projectId, label, 'z').catch(() => undefined);
          if (kind === 'add') await review.addLabel(projectId, label + label);
          if (kind === 'undo') await review.undo(projectId);
          if (kind === 'redo') await review.redo(projectId);
        }
        while (await review.redo(projectId));
        const end = await state(projectId);
        let acts = 0;
        while (await review.undo(projectId)) acts++;
        expect(await state(projectId)).toEqual(start);
        await closeStudio();
        const again = createReview(fakeContext());
        for (let act = 0; act < acts; act++) expect(await again.redo(projectId)).not.toBeNull();
        expect(await again.redo(projectId)).toBeNull();
        expect(await state(projectId)).toEqual(end);
      }),
      { numRuns: 25 },
    );
  });

  it('takes back one decision under newer ones, to the state before it, and only where it still stands', async () => {
    const { project, rowId } = await storeProject(rows(9));
    const review = createReview(fakeContext());
    const first = await review.label({ projectId: project.id, rowId: rowId(0), labels: ['a'] });
    await review.correct({ projectId: project.id, rowId: rowId(1), labels: ['a'] });
    const again = await review.label({ projectId: project.id, rowId: rowId(1), labels: ['b'] });
    expect((await review.takeBack(project.id, first!.id))?.what).toBe('Took back: Labelled 1 row a');
    const db = await openStudio();
    // No record at all: the row waits again, it does not count as "none of these".
    expect(await db.get('labels', [project.id, rowId(0)])).toBeUndefined();
    await review.takeBack(project.id, again!.id);
    expect(await db.get('labels', [project.id, rowId(1)])).toMatchObject({ origin: 'correction', labels: ['a'] });
    expect(await review.takeBack(project.id, again!.id)).toBeNull();
    await review.undo(project.id);
    expect(await db.get('labels', [project.id, rowId(1)])).toMatchObject({ origin: 'label', labels: ['b'] });
    await expect(review.takeBack(project.id, 99_999)).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  it('drops what was undone once something new is done, and keeps it in the history', async () => {
    const { project, rowId } = await storeProject(rows(9));
    const review = createReview(fakeContext());
    const label = (name: string): Promise<unknown> =>
      review.label({ projectId: project.id, rowId: rowId(0), labels: [name] });
    await label('one');
    await label('two');
    await review.undo(project.id);
    await label('three');
    expect(await review.redo(project.id)).toBeNull();
    expect((await review.history(project.id)).map((edit) => [edit.what, edit.undone, edit.dropped ?? false])).toEqual([
      ['Labelled 1 row three', false, false],
      ['Labelled 1 row two', true, true],
      ['Labelled 1 row one', false, false],
    ]);
  });
});

describe('queue', () => {
  it('gives rows without a label, newest or oldest first, or in a repeatable random order', async () => {
    const { project, rowId } = await storeProject(rows(30), { pageRows: 7 });
    const review = createReview(fakeContext());
    const ids = async (order: 'newest' | 'oldest' | 'random'): Promise<string[]> =>
      (await review.queue(project.id, { order, limit: 5 })).map((item) => item.rowId);
    expect(await ids('newest')).toEqual([27, 24, 21, 18, 15].map(rowId));
    expect(await ids('oldest')).toEqual([0, 3, 6, 9, 12].map(rowId));
    expect(await ids('random')).toEqual(await ids('random'));
    await review.label({ projectId: project.id, rowId: rowId(27), labels: ['a'] });
    expect((await ids('newest'))[0]).toBe(rowId(24));
    await expect(review.queue(project.id, { order: 'margin' })).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  it('puts the most doubtful first, by each measure', async () => {
    const { project, rowId } = await storeProject(rows(30), { pageRows: 7 });
    const scores = (text: string): number => 0.5 + (Number(text.slice(5)) % 10) / 20;
    const trainer = fakeTrainer((text) => ({
      label: 'a',
      confidence: scores(text),
      scores: [
        { label: 'a', score: scores(text) },
        { label: 'b', score: 1 - scores(text) },
      ],
    }));
    const review = createReview(fakeContext(trainer));
    await putModel({
      id: `model-${project.id}`,
      projectId: project.id,
      runId: null,
      task: 'intent',
      version: 1,
      name: 'v1',
      createdAt: 1,
      labels: ['a', 'b'],
      multiLabel: false,
      datasetId: '',
      datasetHash: '',
      recipe: { task: 'intent', dataset: '', seed: 1, config: {} },
      seed: 1,
      environment: { build: '', backend: null, adapter: '' },
      metrics: { validation: null, test: null },
      weightHash: '',
      weightsId: '',
      sizeBytes: 0,
    });
    for (const order of ['least-confident', 'margin', 'entropy'] as const) {
      const queue = await review.queue(project.id, { order, limit: 3 });
      expect(queue.map((item) => item.suggestion?.confidence)).toEqual([0.5, 0.55, 0.6]);
    }
    await review.renameLabel(project.id, 'a', 'renamed');
    const [first] = await review.queue(project.id, { order: 'margin', limit: 1 });
    expect(first?.suggestion).toMatchObject({ label: 'renamed', scores: [{ label: 'renamed' }, { label: 'b' }] });
    await review.undo(project.id);
    const disagreeing = await review.queue(project.id, { order: 'disagreement', limit: 2 });
    expect(disagreeing.map((item) => [item.rowId, item.labels])).toEqual([
      [rowId(19), ['b']],
      [rowId(29), ['b']],
    ]);
  });
});
