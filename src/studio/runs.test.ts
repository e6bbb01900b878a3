// Runs through the facade with a worker that does what the test says: recipes refused whole, runs told, stopped
// by a signal, taken up again after a death, and never in a loop.
import { describe, expect, it } from 'vitest';
import { DeviceError, NotFoundError } from '../contract/errors';
import type { TrainEvent } from '../contract/events';
import type { Run } from '../contract/records';
import type { TrainApi } from '../contract/train';
import { purgeHidden } from '../storage/removal';
import { changeSettings } from '../storage/settings';
import { addRun, getRun, listRuns, updateRun } from '../storage/runs';
import { draftRun } from '../storage/run-draft';
import { spec } from '../tasks/classifier/spec';
import { createContext, type StudioContext } from './context';
import { createRuns, createTrain, resumeInterrupted } from './runs';
import { createTabs } from './tabs';
import { fakeTrainer, noData, noOnnx, storeProject } from './testing/fakes';
import { createTrainEvents } from './train-events';

const rows: [string, string][] = [
  ['a', 'x'],
  ['b', 'y'],
];

function facade(run: TrainApi['run'], more: Partial<TrainApi> = {}) {
  const trainer: TrainApi = { ...fakeTrainer(() => ({ label: '', confidence: 0, scores: [] })), run, ...more };
  const context: StudioContext = createContext({
    data: noData,
    trainer,
    onnx: noOnnx,
    tasks: new Map([[spec.id, spec]]),
    tabs: createTabs(null, null),
    trainEvents: createTrainEvents(),
  });
  return { context, runs: createRuns(context), train: createTrain(context) };
}
const finish = async (id: string, emit: (event: TrainEvent) => void): Promise<Run> => {
  const run = await updateRun(id, { status: 'finished', steps: 10, modelId: 'm' });
  emit({ type: 'status', runId: id, step: 10, run });
  return run;
};
const recipe = { task: 'classifier', config: {} };

describe('train', () => {
  it('stores the whole recipe, tells its events and resolves with the finished run', async () => {
    const { project, dataset } = await storeProject(rows);
    const seen: string[] = [];
    const { train, runs } = facade((id, _choice, emit) => finish(id, emit));
    const onEvent = (event: TrainEvent): void => void (event.type === 'status' && seen.push(event.run.status));
    const input = { ...recipe, dataset: dataset.id, seed: 0, extends: 'quick' as const, config: { epochs: 3 } };
    const done = await train(project.id, input, { onEvent });
    expect(done).toMatchObject({ status: 'finished', modelId: 'm', number: 1, colour: 0, seed: 0 });
    expect(done.recipe.config).toMatchObject({ epochs: 3, vectorSize: 32, batchSize: 32 });
    expect(done.changed).toEqual(['epochs', 'vectorSize']);
    expect(seen).toEqual(['queued', 'finished']);
    const second = await train(project.id, { ...recipe, dataset: dataset.id });
    expect([second.number, second.colour]).toEqual([2, 1]);
    await runs.remove(done.id);
    // A removal that can still be taken back keeps the run's colour.
    await purgeHidden(Date.now());
    const third = await train(project.id, { ...recipe, dataset: dataset.id });
    expect([third.number, third.colour]).toEqual([3, 0]);
  });

  it('never tells of a run that it works where its tab is gone', async () => {
    const { project, dataset } = await storeProject(rows);
    const first = facade((id, _choice, emit) => finish(id, emit));
    const { id } = await first.train(project.id, { ...recipe, dataset: dataset.id });
    await updateRun(id, { status: 'running' });
    const { runs } = facade(() => Promise.reject(new Error('never asked')));
    expect((await runs.list(project.id)).map(({ status }) => status)).toEqual(['interrupted']);
    expect((await runs.get(id)).status).toBe('interrupted');
  });

  it('refuses a wrong recipe whole and stores nothing', async () => {
    const { project, dataset } = await storeProject(rows);
    const { train } = facade(() => Promise.reject(new Error('never asked')));
    const wrong = { ...recipe, dataset: dataset.id, config: { epochs: 0, schedule: 'none' } };
    await expect(train(project.id, wrong)).rejects.toMatchObject({
      name: 'RecipeError',
      message: expect.stringMatching(/epochs must be.*schedule must be/),
    });
    await expect(train(project.id, { ...recipe, dataset: 'none' })).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(train(project.id, { task: 'chess' })).rejects.toMatchObject({ name: 'RecipeError' });
    await expect(train('none', recipe)).rejects.toMatchObject({ name: 'NotFoundError' });
    expect(await listRuns(project.id)).toEqual([]);
  });

  it('is stopped by its signal', async () => {
    const { project, dataset } = await storeProject(rows);
    let end: (run: Run) => void = () => undefined;
    const { train } = facade(() => new Promise((resolve) => (end = resolve)), {
      stop: async (id, { keep }) => {
        expect(keep).toBe(false);
        end(await updateRun(id, { status: 'stopped' }));
      },
    });
    const abort = new AbortController();
    const ended = train(project.id, { ...recipe, dataset: dataset.id }, { signal: abort.signal });
    await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort();
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a worker that dies', () => {
  it('is followed by a new attempt while the run gets further, and by no loop', async () => {
    const { project, dataset } = await storeProject(rows);
    let attempts = 0;
    const { train } = facade(async (id, _choice, emit) => {
      attempts++;
      if (attempts === 3) return finish(id, emit);
      await updateRun(id, { status: 'running', steps: attempts * 5 });
      throw new DeviceError('gone');
    });
    expect(await train(project.id, { ...recipe, dataset: dataset.id })).toMatchObject({ status: 'finished' });
    expect(attempts).toBe(3);

    let stuck = 0;
    const { train: again } = facade(async (id) => {
      stuck++;
      await updateRun(id, { status: 'running' });
      throw new DeviceError('gone');
    });
    await expect(again(project.id, { ...recipe, dataset: dataset.id })).rejects.toMatchObject({ name: 'DeviceError' });
    expect(stuck).toBe(2);
    const last = (await listRuns(project.id)).at(-1)!;
    expect(last).toMatchObject({ status: 'interrupted', error: { name: 'DeviceError', message: 'gone' } });
  });
});

describe('a stop between a lost worker and the next attempt', () => {
  it.each([
    [false, 1, 'stopped'],
    [true, 2, 'finished'],
  ])('is not lost (keep: %s)', async (keep, attempts, status) => {
    const { project, dataset } = await storeProject(rows);
    let asked = 0;
    const told: unknown[] = [];
    const { runs, train } = facade(
      async (id, _choice, emit) => {
        if (++asked === 2) return finish(id, emit);
        await updateRun(id, { status: 'running', steps: 5 });
        await runs.stop(id, { keep });
        throw new DeviceError('gone');
      },
      {
        stop: async (_id, options) => {
          told.push(options);
          if (told.length === 1) throw new NotFoundError('not under way here');
        },
      },
    );
    const run = await train(project.id, { ...recipe, dataset: dataset.id });
    expect(run).toMatchObject({ status });
    expect(run).not.toHaveProperty('error');
    expect(asked).toBe(attempts);
    expect(told).toEqual(Array.from({ length: attempts }, () => ({ keep })));
  });
});

it('a run that is being taken up already is left to it when it is asked to go on', async () => {
  const { project, dataset } = await storeProject(rows);
  let asked = 0;
  const { runs, train, context } = facade(
    async (id, _choice, emit) => {
      if (++asked === 2) return finish(id, emit);
      await updateRun(id, { status: 'running', steps: 5 });
      throw new DeviceError('gone');
    },
    { resume: () => Promise.reject(new NotFoundError('not under way here')) },
  );
  const resumed: Promise<void>[] = [];
  context.trainEvents.subscribe((event) => {
    if (event.type === 'status' && event.run.status === 'interrupted') resumed.push(runs.resume(event.runId));
  });
  expect(await train(project.id, { ...recipe, dataset: dataset.id })).toMatchObject({ status: 'finished' });
  expect(resumed).toHaveLength(1);
  await resumed[0];
  expect(asked).toBe(2);
});

describe('an interrupted run', () => {
  async function interrupted(): Promise<{ run: Run; projectId: string }> {
    const { project, dataset } = await storeProject(rows);
    const draft = draftRun(project.id, { task: 'classifier', dataset: dataset.id, seed: 1, config: {} }, []);
    const run = await addRun({ ...draft, status: 'interrupted', error: { name: 'DeviceError', message: 'x' } });
    return { run, projectId: project.id };
  }

  it('goes on once, however often it is asked', async () => {
    const { run } = await interrupted();
    let asked = 0;
    const { runs } = facade(
      async (id, _choice, emit) => {
        asked++;
        expect(await getRun(id)).not.toHaveProperty('error');
        await new Promise((resolve) => setTimeout(resolve, 20));
        return finish(id, emit);
      },
      { resume: () => Promise.resolve() },
    );
    await Promise.all([runs.resume(run.id), runs.resume(run.id)]);
    await runs.resume(run.id);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(asked).toBe(1);
    await expect(runs.resume(run.id)).rejects.toMatchObject({ name: 'RecipeError' });
  });

  it('goes on by itself only where the settings say so', async () => {
    const { run } = await interrupted();
    const { context } = facade((id, _choice, emit) => finish(id, emit));
    await changeSettings({ resumeInterrupted: false });
    await resumeInterrupted(context);
    expect((await getRun(run.id)).status).toBe('interrupted');
    await changeSettings({ resumeInterrupted: true });
    await resumeInterrupted(context);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await getRun(run.id)).status).toBe('finished');
  });

  it('is taken up before it is told to stop and keep', async () => {
    const { run } = await interrupted();
    const told: string[] = [];
    let end: (run: Run) => void = () => undefined;
    const { runs } = facade(
      () => {
        told.push('run');
        return new Promise((resolve) => (end = resolve));
      },
      {
        stop: async (id, { keep }) => {
          told.push(keep ? 'stop and keep' : 'stop');
          end(await updateRun(id, { status: 'stopped' }));
        },
      },
    );
    await runs.stop(run.id, { keep: true });
    expect(told).toEqual(['run', 'stop and keep']);
  });

  it('can be stopped without being taken up', async () => {
    const { run } = await interrupted();
    const { runs } = facade(() => Promise.reject(new Error('never asked')));
    await runs.stop(run.id);
    expect((await getRun(run.id)).status).toBe('stopped');
    await expect(runs.rename(run.id, '  ')).rejects.toMatchObject({ name: 'RecipeError' });
    expect((await runs.rename(run.id, ' First try ')).name).toBe('First try');
  });
});
