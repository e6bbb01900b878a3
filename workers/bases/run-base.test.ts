// The base of a run: noted with its hash by run and model, told by name when it is gone, refused when it is another one.
import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/contract/records';
import { markBase } from '../../src/storage/bases';
import { getModel } from '../../src/storage/models';
import { getRun, updateRun } from '../../src/storage/runs';
import { taskTable } from '../task-table';
import { storeRows, storeRun } from '../testing/stored-rows';
import { toySpec, toyTraining } from '../testing/toy-task';
import { createTrainApi } from '../train-api';
import { addBase } from './add-base';
import { folderFiles } from './folder-files';
import { asFiles, tinyFolder } from './testing/tiny-folder';

const openWasm = () => Promise.reject(new Error('not used in this test'));
const api = createTrainApi({ tasks: taskTable([toySpec], [toyTraining]), openWasm, build: 'test' });
const rows = Array.from({ length: 40 }, (_, i) => ({
  text: `${i % 2 ? 'abc' : 'xyz'} ${i}`,
  labels: [i % 2 ? 'a' : 'x'],
}));

async function queued(base: string): Promise<Run> {
  const run = await storeRun(toySpec, await storeRows('toy', rows), {});
  return updateRun(run.id, { recipe: { ...run.recipe, config: { ...run.recipe.config, base } } });
}
const add = async (seed: number) =>
  addBase({ ...(await folderFiles(asFiles(tinyFolder(undefined, seed), 'tiny/'))), source: { from: 'folder' } });
const sit = (run: Run): Promise<Run> => api.run(run.id, 'auto', () => undefined);

describe('the base of a run', () => {
  it('is noted by run and model, with its hash', async () => {
    const base = await add(1);
    const done = await sit(await queued(base.id));
    const identity = { id: base.id, name: 'tiny', hash: base.hash };
    expect(done).toMatchObject({ status: 'finished', base: identity });
    expect((await getModel(done.modelId!)).environment.base).toEqual(identity);
  });

  it('is not there where a network starts from nothing', async () => {
    const done = await sit(await queued('scratch'));
    expect(done.base).toBeUndefined();
    expect((await getModel(done.modelId!)).environment).not.toHaveProperty('base');
  });

  it('that is gone is told by its name', async () => {
    const base = await add(2);
    const run = await queued(base.id);
    await updateRun(run.id, { base: { id: base.id, name: base.name, hash: base.hash } });
    await markBase(base.id, 1);
    await expect(sit(run)).rejects.toMatchObject({ name: 'NotFoundError' });
    expect((await getRun(run.id)).error?.message).toContain('The base "tiny"');
  });

  it('must be the one it began with', async () => {
    const base = await add(3);
    const run = await queued(base.id);
    await updateRun(run.id, { base: { id: base.id, name: base.name, hash: 'another' } });
    await expect(sit(run)).rejects.toMatchObject({ name: 'DatasetError' });
  });
});
