// A backup comes back equal, under the same or new ids; a changed or missing byte changes nothing here.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EditRecord } from '../contract/records';
import { createReview } from './review';
import { fakeContext, storeProject } from './testing/fakes';
import { backupProject } from '../storage/backup';
import { packRecord, readRecords } from '../storage/backup-records';
import { belongingsOf } from '../storage/belongings';
import { readLabelledRows } from '../storage/labelled-rows';
import { registerModel } from '../storage/models';
import { openStudio } from '../storage/open';
import { hideProject, purgeHidden, purgeProject, unhideProject } from '../storage/removal';
import { restoreProject } from '../storage/restore';
import { listDatasets } from '../storage/datasets';
import { listProjects } from '../storage/projects';
import { write } from '../storage/transact';
import { getWeights } from '../storage/weights';
import { saveCheckpoint } from '../storage/checkpoints';
import { addRun } from '../storage/runs';

const runDraft = (projectId: string, datasetId: string): Parameters<typeof addRun>[0] => ({
  id: `run-${projectId}`,
  projectId,
  task: 'intent',
  status: 'finished',
  recipe: { task: 'intent', dataset: datasetId, seed: 0, config: { C: 1 } },
  changed: [],
  datasetHash: '',
  seed: 0,
  backend: 'cpu',
  adapter: '',
  threads: 1,
  build: '',
  steps: 1,
  totalSteps: 1,
  queuedAt: 1,
  startedAt: 1,
  finishedAt: 1,
  seconds: 1,
  modelId: null,
  metrics: { validation: null, test: null },
  weightHash: null,
  sizeBytes: 0,
  bestStep: null,
  splitRows: { train: 1, validation: 0, test: 0 },
});

/** A project with rows, labels, a correction, an act on many rows, a run with a checkpoint, and a model. */
async function fullProject(): Promise<string> {
  const { project, dataset, rowId } = await storeProject(
    Array.from({ length: 60 }, (_, i) => [`row ${i} é`, i % 2 ? 'a' : '']),
    { pageRows: 25 },
  );
  const projectId = project.id;
  const review = createReview(fakeContext());
  await review.label({ projectId, rowId: rowId(0), labels: ['b'] });
  await review.correct({ projectId, rowId: rowId(1), labels: ['b'], note: 'no' });
  await review.renameLabel(projectId, 'a', 'c');
  await review.addLabel(projectId, 'gone');
  await review.undo(projectId);
  const run = await addRun(runDraft(projectId, dataset.id));
  const tensors = { w: { shape: [2, 2], dtype: 'float32' as const, data: Float32Array.of(1, -0, Infinity, 0.1) } };
  await saveCheckpoint({ runId: run.id, step: 1, at: 1, kind: 'last', metrics: { loss: NaN } }, tensors, { seed: 0 });
  await registerModel(
    {
      id: `model-${projectId}`,
      projectId,
      runId: run.id,
      task: 'intent',
      createdAt: 1,
      labels: ['a', 'b'],
      multiLabel: false,
      datasetId: dataset.id,
      datasetHash: '',
      recipe: run.recipe,
      seed: 0,
      environment: { build: '', backend: null, adapter: '' },
      metrics: run.metrics,
      weightHash: '',
      weightsId: `weights-${projectId}`,
      sizeBytes: 16,
    },
    tensors,
    {},
  );
  return projectId;
}

async function everything(projectId: string): Promise<Record<string, unknown[]>> {
  const db = await openStudio();
  const all: Record<string, unknown[]> = {};
  for (const { store, keys } of await belongingsOf(projectId))
    all[store] = (await Promise.all(keys.map((key) => db.getAll(store, key)))).flat();
  return all;
}
const count = async (): Promise<number[]> => {
  const db = await openStudio();
  return Promise.all([...db.objectStoreNames].sort().map((store) => db.count(store)));
};

describe('backup', () => {
  let projectId = '';
  let backup: Blob;
  let before: Record<string, unknown[]>;
  beforeAll(async () => {
    projectId = await fullProject();
    before = await everything(projectId);
    backup = await backupProject(projectId);
  });

  it('holds something of every kind', () => {
    const empty = Object.keys(before).filter((store) => before[store]?.length === 0);
    expect(empty).toEqual(['runEvents', 'frozenSplits', 'deployments']);
  });

  it('comes back equal after the data is gone', async () => {
    await purgeProject(projectId);
    expect(Object.values(await everything(projectId)).flat()).toEqual([]);
    const restored = await restoreProject(backup);
    expect(restored.id).toBe(projectId);
    expect(await everything(projectId)).toEqual(before);
    expect(await createReview(fakeContext()).redo(projectId)).toMatchObject({ what: 'Added the label gone' });
  });

  it('keeps the order of its history where a number in the middle is taken', async () => {
    await purgeProject(projectId);
    const edits = before['edits'] as EditRecord[];
    const { id, ...another } = edits[1]!;
    await write(['edits'], (tx) => tx.objectStore('edits').put({ ...another, id: id!, projectId: 'project-other' }));
    await restoreProject(backup);
    const restored = (await everything(projectId))['edits'] as EditRecord[];
    expect(restored.map((edit) => edit.what)).toEqual(edits.map((edit) => edit.what));
    await write(['edits'], (tx) => tx.objectStore('edits').delete(id!));
    await purgeProject(projectId);
    await restoreProject(backup);
  });

  it('comes back under new ids beside the project that is there', async () => {
    const copy = await restoreProject(backup);
    expect(copy.id).not.toBe(projectId);
    expect(copy.name).toBe('test (restored)');
    const [mine, theirs] = await Promise.all([everything(projectId), everything(copy.id)]);
    expect(Object.entries(theirs).map(([store, all]) => [store, all.length])).toEqual(
      Object.entries(mine).map(([store, all]) => [store, all.length]),
    );
    expect(JSON.stringify(theirs)).not.toContain(projectId);
    const dataset = (await listDatasets(copy.id))[0]!;
    const labels: string[] = [];
    for await (const page of readLabelledRows(dataset)) labels.push(...page.flatMap((row) => row.labels));
    expect(labels.slice(0, 3)).toEqual(['b', 'b', 'c']);
    const db = await openStudio();
    const model = (await db.getAllFromIndex('models', 'project', copy.id))[0]!;
    expect((await getWeights(model.weightsId)).tensors['w']?.data).toEqual(Float32Array.of(1, -0, Infinity, 0.1));
    const review = createReview(fakeContext());
    while (await review.undo(copy.id));
    for await (const page of readLabelledRows(dataset))
      expect(page.every((row) => row.origin !== 'label' && row.origin !== 'correction')).toBe(true);
  });

  it('is refused with any byte changed or missing, and changes nothing', { timeout: 60_000 }, async () => {
    const bytes = new Uint8Array(await backup.arrayBuffer());
    const untouched = await count();
    const refused = async (broken: Uint8Array<ArrayBuffer>): Promise<void> => {
      await expect(restoreProject(new Blob([broken]))).rejects.toMatchObject({ name: 'FormatError' });
    };
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const broken = bytes.slice();
        broken[at] = broken[at]! ^ flip;
        await refused(broken);
      }),
      { numRuns: 150 },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 300 }), async (at, length) => {
        await refused(new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + length)]));
      }),
      { numRuns: 60 },
    );
    await refused(new Uint8Array(0));
    await refused(bytes.slice(0, bytes.length - 1));
    await refused(new Uint8Array([...bytes, 0]));
    expect(await count()).toEqual(untouched);
  });

  it('is purged half way through, when the data base fails', async () => {
    const untouched = await count();
    const db = await openStudio();
    const real = db.transaction.bind(db);
    let writes = 0;
    Object.defineProperty(db, 'transaction', {
      configurable: true,
      value: (stores: never, mode: never, options: never) => {
        if (mode === 'readwrite' && ++writes === 6) throw new Error('disk gone');
        return real(stores, mode, options);
      },
    });
    try {
      await expect(restoreProject(backup)).rejects.toMatchObject({ name: 'StorageError' });
    } finally {
      Reflect.deleteProperty(db, 'transaction');
    }
    expect(writes).toBeGreaterThan(6);
    expect(await count()).toEqual(untouched);
  });
});

describe('records in a backup', () => {
  it('come back as they were, whatever they hold', async () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.uint8Array(),
        fc.float64Array(),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 5 }), fc.integer({ min: 1, max: 40 }), async (records, cut) => {
        const bytes = records.flatMap((record) => packRecord(record).flatMap((piece) => [...piece]));
        async function* pieces(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < bytes.length; at += cut)
            yield await Promise.resolve(Uint8Array.from(bytes.slice(at, at + cut)));
        }
        const back: unknown[] = [];
        for await (const record of readRecords(pieces())) back.push(record);
        expect(back).toEqual(records);
      }),
      { numRuns: 150 },
    );
  });
});

describe('removal', () => {
  it('hides at once, brings back whole, and purges what is due', async () => {
    const id = await fullProject();
    const before = await everything(id);
    await hideProject(id, 1000);
    expect((await listProjects()).some((project) => project.id === id)).toBe(false);
    await unhideProject(id);
    expect(await everything(id)).toEqual(before);
    await hideProject(id, 1000);
    expect(await purgeHidden(999)).toBeGreaterThan(1000);
    expect(await purgeHidden(1000)).toBeNull();
    expect(Object.values(await everything(id)).flat()).toEqual([]);
    await expect(unhideProject(id)).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});
