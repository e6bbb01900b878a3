// The registry at the facade's boundary: the gate's answers, history, roll back, taking away.
import { unzipSync } from 'fflate';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Dataset, Model } from '../contract/records';
import type { TaskSpec } from '../tasks/task';
import { findFrozenSplit } from '../storage/frozen-splits';
import { purgeRun } from '../storage/runs';
import type { StudioContext } from './context';
import { createModels } from './models';
import { fakeContext, storeProject } from './testing/fakes';
import { answeringTrainer, storeFinishedRun, type Answer, type TestRow } from './testing/finished-runs';

const names = ['card', 'fees', 'login'];
const truth = (index: number): string => names[index % 3]!;
const wrongEvery =
  (n: number): Answer =>
  (text) => {
    const index = Number(text.slice(5));
    return index % n === 0 ? truth(index + 1) : truth(index);
  };

const spec: TaskSpec = {
  id: 'intent',
  title: 'Intent',
  summary: '',
  fields: {},
  presets: { quick: {}, balanced: {}, best: {} },
  columns: { required: [['text']], optional: [] },
  minSamples: 20,
  curves: [],
  primaryMetric: 'f1Macro',
  exports: ['one', 'many'].map((format) => ({ format, title: format, opens: '', snippet: '' })),
};

let context: StudioContext;
let dataset: Dataset;
let rows: TestRow[];

beforeEach(async () => {
  const stored = await storeProject(Array.from({ length: 300 }, (_, index) => [`text ${index}`, truth(index)]));
  dataset = stored.dataset;
  rows = Array.from({ length: 300 }, (_, index) => ({
    rowId: stored.rowId(index),
    text: `text ${index}`,
    label: truth(index),
  }));
  context = { ...fakeContext(answeringTrainer()), tasks: new Map([['intent', spec]]) };
});

async function version(answer: Answer, parts: Partial<Parameters<typeof storeFinishedRun>[0]> = {}): Promise<Model> {
  const { model } = await storeFinishedRun({
    dataset,
    answer,
    train: rows.slice(0, 200),
    test: rows.slice(200),
    ...parts,
  });
  return model!;
}

describe('the gate', () => {
  it('lets the first version pass, and names nothing to compare with', async () => {
    const models = createModels(context);
    const first = await version(wrongEvery(10));
    const { deployed, decision } = await models.deploy(first.id);
    expect(deployed).toBe(true);
    expect(decision).toMatchObject({ live: null, difference: null });
    expect(decision.reason).toContain('No version is live yet');
    const again = await models.deploy(first.id);
    expect(again).toMatchObject({ deployed: true, decision: { reason: 'v1 is live already. Nothing was changed.' } });
    expect(await models.deployments(dataset.projectId)).toHaveLength(1);
  });

  it('lets a little worse pass and refuses a much worse with its numbers', async () => {
    const models = createModels(context);
    await models.deploy((await version(wrongEvery(20))).id);
    const close = await version(wrongEvery(15));
    expect((await models.gate(close.id)).deployed).toBe(true);
    const bad = await version(wrongEvery(3));
    const { deployed, decision } = await models.deploy(bad.id);
    expect(deployed).toBe(false);
    expect(decision.live).toBeCloseTo(0.95, 2);
    expect(decision.candidate!).toBeLessThan(0.8);
    expect(decision.difference).toBeCloseTo(decision.candidate! - decision.live!, 12);
    expect(decision).toMatchObject({ rows: 100, split: 'test' });
    expect(decision.reason).toContain('does not pass');
    expect(decision.reason).toContain(decision.candidate!.toFixed(3));
    expect(decision.worstClass!.candidate).toBeLessThan(decision.worstClass!.live);
    expect((await models.deployments(dataset.projectId)).filter((one) => one.live)).toHaveLength(1);
  });

  it('takes the answers a run kept where it held back the same rows, and asks the model where not', async () => {
    const asked: string[] = [];
    const trainer = answeringTrainer();
    const models = createModels({
      ...context,
      trainer: {
        ...trainer,
        evaluate(modelId, given) {
          asked.push(modelId);
          return trainer.evaluate(modelId, given);
        },
      },
    });
    await models.deploy((await version(wrongEvery(20))).id);
    await models.gate((await version(wrongEvery(10))).id);
    expect(asked).toEqual([]);
    const other = await version(wrongEvery(10), { train: rows.slice(100), test: rows.slice(0, 100) });
    const { decision } = await models.gate(other.id);
    expect(asked).toEqual([other.id]);
    expect(decision.candidate).toBeCloseTo(0.9, 2);
  });

  it('is overruled only with a reason, which is kept with what the gate said', async () => {
    const models = createModels(context);
    await models.deploy((await version(wrongEvery(20))).id);
    const bad = await version(wrongEvery(3));
    await expect(models.deploy(bad.id, { override: '  ' })).rejects.toMatchObject({ name: 'RecipeError' });
    expect((await models.deploy(bad.id, { override: 'trial' })).deployed).toBe(true);
    const live = (await models.deployments(dataset.projectId)).at(-1)!;
    expect(live).toMatchObject({ modelId: bad.id, live: true, reason: 'trial', by: 'me' });
    expect(live.decision!.reason).toContain('does not pass');
  });

  it('says so where validation rows had to do, labels are unknown, or rows were trained on', async () => {
    const models = createModels(context);
    await models.deploy((await version(wrongEvery(20), { test: [], validation: rows.slice(200) })).id);
    const overlapping = await version(wrongEvery(20), { train: rows.slice(0, 250), test: rows.slice(250) });
    const { decision } = await models.gate(overlapping.id);
    expect(decision.split).toBe('validation');
    expect(decision.reason).toContain('no test rows');
    expect(decision.reason).toContain('50 of these rows were also in the data v2 was trained on');
    const known = rows.filter((row) => row.label !== 'login');
    const narrow = await version(
      (text) => (truth(Number(text.slice(5))) === 'login' ? 'card' : truth(Number(text.slice(5)))),
      {
        train: known.slice(0, 120),
        test: known.slice(150),
        labels: ['card', 'fees'],
      },
    );
    const second = await models.gate(narrow.id);
    expect(second.deployed).toBe(false);
    expect(second.decision.reason).toContain('does not know 1 label of these rows (login)');
  });

  it('finds the same texts in another data set', async () => {
    const models = createModels(context);
    await models.deploy((await version(wrongEvery(20))).id);
    const other = await storeProject(Array.from({ length: 300 }, (_, index) => [`text ${index}`, truth(index)]));
    const copy = { ...other.dataset, projectId: dataset.projectId };
    const same = rows.map((row, index) => ({ ...row, rowId: other.rowId(index) }));
    const { model } = await storeFinishedRun({
      dataset: copy,
      answer: wrongEvery(20),
      train: same.slice(80, 300),
      test: same.slice(0, 80),
    });
    expect((await models.gate(model!.id)).decision.reason).toContain('All of these rows were also in the data');
  });

  it('does not pass what it cannot measure, and an override still works', async () => {
    const models = createModels(context);
    const first = await version(wrongEvery(20));
    await models.deploy(first.id);
    await purgeRun(first.runId!);
    expect(await findFrozenSplit(first.runId!, 'test')).toBeNull();
    const second = await version(wrongEvery(20));
    const answer = await models.deploy(second.id);
    expect(answer.deployed).toBe(false);
    expect(answer.decision.reason).toContain('no longer here');
    const silent = createModels({
      ...context,
      trainer: answeringTrainer({ evaluate: () => Promise.reject(new Error('worker lost')) }),
    });
    expect((await silent.deploy(second.id, { override: 'must go' })).deployed).toBe(true);
  });
});

describe('roll back', () => {
  it('goes back one version at a time, and a new deployment starts from there', async () => {
    const models = createModels(context);
    const project = dataset.projectId;
    await expect(models.rollback(project)).rejects.toMatchObject({ name: 'NotFoundError' });
    const [a, b, c] = [await version(wrongEvery(20)), await version(wrongEvery(20)), await version(wrongEvery(20))];
    await models.deploy(a.id);
    await expect(models.rollback(project)).rejects.toMatchObject({ name: 'NotFoundError' });
    await models.deploy(b.id);
    await models.deploy(c.id);
    expect((await models.rollback(project)).modelId).toBe(b.id);
    const back = await models.rollback(project);
    expect(back).toMatchObject({ modelId: a.id, live: true, reason: 'Rolled back from v2 to v1.' });
    await expect(models.rollback(project)).rejects.toMatchObject({ name: 'NotFoundError' });
    await models.deploy(c.id);
    expect((await models.rollback(project)).modelId).toBe(a.id);
    const list = await models.deployments(project);
    expect(list.map((one) => one.live)).toEqual([...new Array<boolean>(list.length - 1).fill(false), true]);
    expect(list.map((one) => one.at)).toEqual([...list.map((one) => one.at)].sort((x, y) => x - y));
  });

  it('skips versions that were removed; the live one cannot be', async () => {
    const models = createModels(context);
    const [a, b, c] = [await version(wrongEvery(20)), await version(wrongEvery(20)), await version(wrongEvery(20))];
    for (const model of [a, b, c]) await models.deploy(model.id);
    await expect(models.remove(c.id)).rejects.toMatchObject({ name: 'DatasetError' });
    await models.remove(b.id);
    await expect(models.get(b.id)).rejects.toMatchObject({ name: 'NotFoundError' });
    expect((await models.rollback(dataset.projectId)).modelId).toBe(a.id);
  });
});

describe('asking and taking away', () => {
  it('refuses inputs that are none, by name', async () => {
    const models = createModels(context);
    const model = await version(wrongEvery(20));
    const bad: unknown[] = ['text', [1], [null], ['x'.repeat(200_001)]];
    for (const inputs of bad)
      await expect(models.predict(model.id, inputs as string[])).rejects.toMatchObject({
        name: expect.stringMatching(/^(DatasetError|LimitError)$/) as string,
      });
    await expect(models.predict(model.id, ['a'], { topK: 0 })).rejects.toMatchObject({ name: 'RecipeError' });
    await expect(models.predict('none', ['a'])).rejects.toMatchObject({ name: 'NotFoundError' });
    expect(await models.predict(model.id, [])).toEqual([]);
    expect((await models.predict(model.id, ['text 4']))[0]!.label).toBe('fees');
  });

  it('asks a removed model no more, and one brought back again', async () => {
    const models = createModels(context);
    const model = await version(wrongEvery(20));
    await models.predict(model.id, ['text 4']);
    await models.remove(model.id);
    await expect(models.predict(model.id, ['text 4'])).rejects.toMatchObject({ name: 'NotFoundError' });
    await models.restoreRemoved(model.id);
    expect((await models.predict(model.id, ['text 4']))[0]!.label).toBe('fees');
  });

  it('judges on a data set, on a split of it, and on rows given', async () => {
    const models = createModels(context);
    const model = await version(wrongEvery(10));
    expect((await models.evaluate(model.id, { datasetId: dataset.id })).rows).toBe(300);
    const test = await models.evaluate(model.id, { datasetId: dataset.id, split: 'test' });
    expect(test).toMatchObject({ rows: 100, accuracy: 0.9 });
    expect(test).not.toHaveProperty('predicted');
    const given = await models.evaluate(model.id, {
      rows: [
        { text: 'text 1', label: 'fees' },
        { text: 'text 2', labels: ['card'] },
      ],
    });
    expect(given).toMatchObject({ rows: 2, accuracy: 0.5 });
    await expect(models.evaluate(model.id, { rows: [{ text: 'a' }] })).rejects.toMatchObject({ name: 'DatasetError' });
    await expect(models.evaluate(model.id, { rows: [] })).rejects.toMatchObject({ name: 'NotEnoughSamplesError' });
    const blank = await storeProject([['hello', '']]);
    await expect(models.evaluate(model.id, { datasetId: blank.dataset.id })).rejects.toMatchObject({
      name: 'NotEnoughSamplesError',
    });
  });

  it('gives one file as it is and several as a zip', async () => {
    const models = createModels(context);
    const model = await version(wrongEvery(10));
    expect((await models.formats(model.id)).map((one) => one.format)).toEqual(['one', 'many']);
    const one = await models.export(model.id, 'one');
    expect(one.type).toBe('application/json');
    expect(await one.text()).toBe('{"one":1}');
    const many = await models.export(model.id, 'many');
    expect(Object.keys(unzipSync(new Uint8Array(await many.arrayBuffer())))).toEqual(['a.txt', 'b.txt']);
    await expect(models.export(model.id, 'exe')).rejects.toMatchObject({ name: 'UnsupportedError' });
  });
});
