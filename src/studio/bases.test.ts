// Bases as scripts meet them: listed with the starter, renamed, removed and taken back, kept while a run needs them, and
// vectors cut from one piece of memory.
import { beforeEach, describe, expect, it } from 'vitest';
import { starterId, type Base } from '../contract/bases';
import { NotFoundError } from '../contract/errors';
import type { RunStatus } from '../contract/records';
import type { TrainApi } from '../contract/train';
import { getBaseBlock, listBases, markBase, purgeBase, putBase, putBaseBlock } from '../storage/bases';
import { purgeHidden } from '../storage/removal';
import { draftRun } from '../storage/run-draft';
import { addRun, updateRun } from '../storage/runs';
import { usageByKind } from '../storage/usage';
import { createBases } from './bases';
import { createEmbed } from './embed';
import { fakeContext, fakeTrainer, storeProject } from './testing/fakes';

const baseOf = (id: string, addedAt: number): Base => ({
  ...{ id, name: `name of ${id}`, kind: 'transformer', architecture: 'bert', parameters: 10, bytes: 40 },
  source: { from: 'folder' },
  shape: { hidden: 2, layers: 1, heads: 1, vocabulary: 5, maxLength: 8 },
  ...{ addedAt, files: [], hash: `hash of ${id}` },
});
const starter: Base = { ...baseOf(starterId, 0), kind: 'static', source: { from: 'app' } };

const answers = fakeTrainer(() => ({ label: '', confidence: 0, scores: [] }));
function make(more: Partial<TrainApi> = {}) {
  const context = fakeContext({ ...answers, starter: () => Promise.resolve(starter), ...more });
  return {
    bases: createBases(context),
    embed: createEmbed(context, () => Promise.reject(new NotFoundError('no model'))),
  };
}

beforeEach(async () => {
  for (const { id } of await listBases()) await purgeBase(id);
  await putBase(baseOf('base-2', 2));
  await putBase(baseOf('base-1', 1));
  await putBaseBlock({ baseId: 'base-1', name: 'w', block: 0, bytes: Uint8Array.of(1, 2) });
});
const ids = async (bases: { list(): Promise<Base[]> }) => (await bases.list()).map(({ id }) => id);

describe('bases', () => {
  it('are listed with the starter first, which a build may lack', async () => {
    expect(await ids(make().bases)).toEqual(['starter', 'base-1', 'base-2']);
    const without = make({ starter: () => Promise.reject(new NotFoundError('not here')) });
    expect(await ids(without.bases)).toEqual(['base-1', 'base-2']);
    expect(await make().bases.get('starter')).toEqual(starter);
    await expect(make().bases.get('base-9')).rejects.toMatchObject({ name: 'NotFoundError' });
    expect((await usageByKind())['bases']).toBe(80);
  });

  it('are renamed, but for the starter', async () => {
    const { bases } = make();
    await bases.rename('base-1', '  my own ');
    expect(await bases.get('base-1')).toMatchObject({ name: 'my own', hash: 'hash of base-1' });
    await expect(bases.rename('base-1', ' ')).rejects.toMatchObject({ name: 'RecipeError' });
    await expect(bases.rename('starter', 'x')).rejects.toMatchObject({ name: 'UnsupportedError' });
  });

  it('that are removed can be taken back, and go for good with their blocks', async () => {
    const { bases } = make();
    await bases.remove('base-1');
    expect(await ids(bases)).toEqual(['starter', 'base-2']);
    await expect(bases.get('base-1')).rejects.toMatchObject({ name: 'NotFoundError' });
    await bases.restoreRemoved('base-1');
    expect(await getBaseBlock('base-1', 'w', 0)).toEqual(Uint8Array.of(1, 2));
    expect(await ids(bases)).toEqual(['starter', 'base-1', 'base-2']);
    await markBase('base-1', 5);
    await purgeHidden(5);
    await expect(bases.restoreRemoved('base-1')).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(getBaseBlock('base-1', 'w', 0)).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(bases.remove('starter')).rejects.toMatchObject({ name: 'UnsupportedError' });
  });

  it('that a run still needs are kept, with the reason', async () => {
    const { bases } = make();
    const { project, dataset } = await storeProject([['a', 'x']]);
    const recipe = { task: 'classifier', dataset: dataset.id, seed: 1, config: { base: 'base-2' } };
    const run = await addRun(draftRun(project.id, recipe, []), 'My run');
    const statuses: RunStatus[] = ['queued', 'running', 'paused', 'interrupted'];
    for (const status of statuses) {
      await updateRun(run.id, { status });
      await expect(bases.remove('base-2')).rejects.toMatchObject({
        name: 'DatasetError',
        message: expect.stringContaining(`My run starts from, and that run is ${status}`) as string,
      });
    }
    await updateRun(run.id, { status: 'finished' });
    await bases.remove('base-2');
    expect(await ids(bases)).toEqual(['starter', 'base-1']);
  });

  it('are added by their files, which are files', async () => {
    const added: string[] = [];
    const { bases } = make({
      addBase: (_job, files) => {
        added.push(...files.map(({ name }) => name));
        return Promise.resolve(baseOf('base-2', 2));
      },
    });
    expect(await bases.add([new File(['{}'], 'config.json')], { name: 'mine' })).toMatchObject({ name: 'mine' });
    expect(added).toEqual(['config.json']);
    await expect(Reflect.apply(bases.add, bases, [['config.json']])).rejects.toMatchObject({ name: 'DatasetError' });
    await expect(bases.add([], { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('vectors of texts', () => {
  it('are views of what the worker gave, in order, for however many texts', async () => {
    const calls: number[] = [];
    const { embed } = make({
      embed: (_id, texts) => {
        calls.push(texts.length);
        return Promise.resolve({
          values: Float32Array.from(texts.flatMap((text) => [Number(text), 1])),
          dimensions: 2,
        });
      },
    });
    const vectors = await embed(
      'starter',
      Array.from({ length: 45_000 }, (_, i) => String(i)),
    );
    expect(calls).toEqual([20_000, 20_000, 5000]);
    expect(vectors).toHaveLength(45_000);
    expect(vectors[44_999]).toEqual(Float32Array.of(44_999, 1));
    expect(vectors[1]!.buffer).toBe(vectors[0]!.buffer);
    expect(await embed('base-1', [])).toEqual([]);
  });

  it('are refused for what is not there, or is no text', async () => {
    const { embed } = make();
    await expect(embed('base-9', ['a'])).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(embed('model-9', ['a'])).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(Reflect.apply(embed, null, ['starter', [1]])).rejects.toMatchObject({ name: 'DatasetError' });
  });
});
