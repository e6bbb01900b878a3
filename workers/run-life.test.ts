// The life of a run through the worker's own api: to its end, over pauses and deaths, into the registry.
import { describe, expect, it } from 'vitest';
import type { TrainEvent } from '../src/contract/events';
import { listCheckpoints } from '../src/storage/checkpoints';
import { getFrozenSplit } from '../src/storage/frozen-splits';
import { getModel } from '../src/storage/models';
import { listRunEvents } from '../src/storage/run-events';
import { settleInterrupted } from '../src/storage/run-liveness';
import { getRun, updateRun } from '../src/storage/runs';
import type { TaskTraining } from '../src/tasks/task';
import { openCpuDevice } from './backends/cpu-device';
import { taskTable } from './task-table';
import { storeRows, storeRun } from './testing/stored-rows';
import { toySpec, toyTraining } from './testing/toy-task';
import { createTrainApi } from './train-api';

const words: Record<string, string[]> = {
  fruit: ['apple', 'banana', 'papaya', 'mango', 'grape', 'melon'],
  tool: ['hammer', 'wrench', 'drill', 'chisel', 'pliers', 'screwdriver'],
};
const rows = Array.from({ length: 60 }, (_, i) => {
  const label = i % 2 ? 'tool' : 'fruit';
  return { text: `${words[label]![i % 6]} ${words[label]![(i * 7) % 6]}`, labels: [label] };
});

const openWasm = () => Promise.reject(new Error('not used in this test'));
const worker = () => createTrainApi({ tasks: taskTable([toySpec], [toyTraining]), openWasm, build: 'test' });

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('waited in vain');
}

describe('a run', () => {
  it('that waits for another one is stopped at once', async () => {
    const stored = await storeRows('toy', rows);
    const [first, second] = [await storeRun(toySpec, stored, {}), await storeRun(toySpec, stored, {})];
    const api = worker();
    const one = api.run(first.id, 'auto', () => undefined);
    const other = api.run(second.id, 'auto', () => undefined);
    await api.stop(second.id, { keep: true });
    expect(await Promise.race([one, other])).toMatchObject({ id: second.id, status: 'stopped' });
    expect(await one).toMatchObject({ status: 'finished' });
  });

  it('goes from queued to a registered model, with its curve and judged rows', async () => {
    const stored = await storeRows('toy', rows);
    const run = await storeRun(toySpec, stored, {});
    const seen: TrainEvent[] = [];
    const api = worker();
    const done = await api.run(run.id, 'auto', (event) => seen.push(event));
    expect(done).toMatchObject({ status: 'finished', steps: done.totalSteps });
    expect(done.weightHash).toMatch(/^[0-9a-f]{64}$/);
    expect(done.datasetHash).toMatch(/^[0-9a-f]{64}$/);
    expect(done.metrics.validation?.rows).toBe(done.splitRows.validation);
    expect(await getRun(run.id)).toEqual(done);
    const model = await getModel(done.modelId!);
    expect(model).toMatchObject({ version: 1, name: 'v1', weightHash: done.weightHash, runId: run.id });
    const events = await listRunEvents(run.id);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i));
    expect(events.filter((event) => event.kind === 'evaluation').length).toBeGreaterThan(1);
    const statuses = seen.flatMap((event) => (event.type === 'status' ? [event.run.status] : []));
    expect([...new Set(statuses)]).toEqual(['running', 'finished']);
    const frozen = await getFrozenSplit(run.id, 'validation');
    expect(frozen.predicted).toHaveLength(frozen.rowIds.length);
    const answers = await api.predict(done.modelId!, ['apple banana', 'hammer drill'], { topK: 5 });
    expect(answers.map((answer) => answer.label)).toEqual(['fruit', 'tool']);
    // A true label the model never saw is a class of its own, with nothing found of it.
    const judged = await api.evaluate(done.modelId!, {
      rowIds: ['a', 'b'],
      texts: ['apple banana', 'hammer drill'],
      actual: [['fruit'], ['stranger']],
    });
    expect(judged).toMatchObject({ accuracy: 0.5, loss: null, predicted: [['fruit'], ['tool']] });
    expect(judged.perClass['stranger']).toMatchObject({ support: 1, recall: 0 });
    expect(judged.confusion['stranger']).toEqual({ tool: 1 });
    expect(judged.misclassified).toMatchObject([{ rowId: 'b', actual: ['stranger'] }]);
  });

  it('gives the same weights after a pause and after a death as without', async () => {
    const stored = await storeRows('toy', rows);
    const config = { epochs: 2, stepMs: 1 };
    const whole = await worker().run((await storeRun(toySpec, stored, config)).id, 'auto', () => undefined);

    const paused = await storeRun(toySpec, stored, config);
    const api = worker();
    const ended = api.run(paused.id, 'auto', () => undefined);
    await until(async () => (await listRunEvents(paused.id)).some((event) => event.step >= 7));
    await api.pause(paused.id);
    await until(async () => (await getRun(paused.id)).status === 'paused');
    await api.resume(paused.id);
    expect((await ended).weightHash).toBe(whole.weightHash);

    const cut = await storeRun(toySpec, stored, config);
    const dying = worker();
    void dying.run(cut.id, 'auto', () => undefined);
    await until(async () => (await listCheckpoints(cut.id)).length > 0);
    await dying.pause(cut.id);
    await until(async () => (await getRun(cut.id)).status === 'paused');
    await updateRun(cut.id, { status: 'running' });
    await settleInterrupted();
    expect((await getRun(cut.id)).status).toBe('interrupted');
    const resumed = await worker().run(cut.id, 'auto', () => undefined);
    expect(resumed.weightHash).toBe(whole.weightHash);
    const steps = (await listRunEvents(cut.id)).filter((event) => event.kind === 'log').map((event) => event.step);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  });

  it('says so where it goes on with another adapter, and only there', async () => {
    const stored = await storeRows('toy', rows);
    const run = await storeRun(toySpec, stored, { epochs: 6, saveSteps: 7, stepMs: 1 });
    const onBackend: TaskTraining = { ...toyTraining, usesBackend: true };
    const on = (adapter: string) =>
      createTrainApi({
        tasks: taskTable([toySpec], [onBackend]),
        openWasm: () => Promise.resolve({ ...openCpuDevice(), backend: 'wasm' as const, adapter }),
        build: 'test',
      });
    for (const adapter of ['one', 'one', 'two']) {
      const api = on(adapter);
      const { steps } = await getRun(run.id);
      void api.run(run.id, 'wasm', () => undefined);
      await until(async () => (await listCheckpoints(run.id)).some(({ step }) => step > steps));
      await api.pause(run.id);
      await until(async () => (await getRun(run.id)).status === 'paused');
    }
    expect(await on('two').run(run.id, 'wasm', () => undefined)).toMatchObject({ status: 'finished', adapter: 'two' });
    const notes = (await listRunEvents(run.id)).flatMap(({ kind, message }) => (kind === 'note' ? [message] : []));
    expect(notes.filter((note) => note?.startsWith('Goes on with'))).toEqual([
      'Goes on with two; it began with one, so the last digits may differ',
    ]);
  });

  it('stops with and without keeping, also while it waits', async () => {
    const stored = await storeRows('toy', rows);
    const api = worker();
    const first = await storeRun(toySpec, stored, { epochs: 100, stepMs: 2 });
    const second = await storeRun(toySpec, stored, {});
    const ended = [api.run(first.id, 'auto', () => undefined), api.run(second.id, 'auto', () => undefined)] as const;
    await until(async () => (await listRunEvents(first.id)).some((event) => event.step >= 4));
    await api.stop(second.id, { keep: false });
    await api.stop(first.id, { keep: true });
    const [kept, dropped] = await Promise.all(ended);
    expect(kept.status).toBe('stopped');
    expect(kept.modelId).not.toBeNull();
    expect(dropped).toMatchObject({ status: 'stopped', modelId: null });
  });

  it('is stopped by a word that follows it at once', async () => {
    const run = await storeRun(toySpec, await storeRows('toy', rows), { epochs: 100, stepMs: 2 });
    const api = worker();
    const ended = api.run(run.id, 'auto', () => undefined);
    await api.stop(run.id, { keep: true });
    expect((await ended).status).toBe('stopped');
  });

  it('fails by name and keeps the last good checkpoint', async () => {
    const stored = await storeRows('toy', rows);
    const run = await storeRun(toySpec, stored, { learningRate: 1e300, saveSteps: 1, epochs: 20 });
    await expect(worker().run(run.id, 'auto', () => undefined)).rejects.toMatchObject({ name: 'RecipeError' });
    expect(await getRun(run.id)).toMatchObject({ status: 'failed', error: { name: 'RecipeError' } });
    const few = await storeRun(toySpec, await storeRows('toy', rows.slice(0, 3)), {});
    await expect(worker().run(few.id, 'auto', () => undefined)).rejects.toThrow(/1 more/);
  });

  it('respects splits that rows came with, and takes validation out of train where none is marked', async () => {
    const marked = rows.map((row, i) => ({ ...row, split: i < 40 ? 'train' : 'test' }));
    const run = await storeRun(toySpec, await storeRows('toy', marked), {});
    const done = await worker().run(run.id, 'auto', () => undefined);
    expect(done.splitRows).toMatchObject({ test: 20 });
    expect(done.splitRows.validation).toBeGreaterThan(2);
    const test = await getFrozenSplit(run.id, 'test');
    expect(test.texts).toEqual(marked.slice(40).map((row) => row.text));
  });
});
