// What a tab does with a project it takes over: the runs the last tab left are not shown as running for ever.
import { describe, expect, it } from 'vitest';
import { draftRun } from '../storage/run-draft';
import { addRun, getRun } from '../storage/runs';
import { changeSettings } from '../storage/settings';
import { createActs } from './acts';
import { createProjects } from './projects';
import { runsOf } from './run-life';
import { createTabs } from './tabs';
import { fakeContext, fakeTrainer, storeProject } from './testing/fakes';

describe('a project that is taken over', () => {
  async function takenOver() {
    const { project, dataset } = await storeProject([['a', 'x']]);
    const draft = draftRun(project.id, { task: 'classifier', dataset: dataset.id, seed: 1, config: {} }, []);
    const left = await addRun({ ...draft, status: 'running' });
    const asked: string[] = [];
    const context = fakeContext({
      ...fakeTrainer(() => ({ label: '', confidence: 0, scores: [] })),
      run: (id) => {
        asked.push(id);
        return new Promise(() => undefined);
      },
    });
    const own = await addRun({ ...draft, id: `${draft.id}-own`, status: 'running' });
    runsOf(context).set(own.id, new Promise(() => undefined));
    const elsewhere = await addRun({ ...draft, id: `${draft.id}-elsewhere`, projectId: 'other', status: 'running' });
    const tabs = createTabs(null, null);
    const imports = { import: () => Promise.reject(new Error('not used in this test')) };
    const leave = createProjects(context, tabs, imports, createActs(tabs)).watch(project.id, () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    leave();
    return { left, own, elsewhere, asked };
  }

  it('has its left runs cut off, and no others', async () => {
    await changeSettings({ resumeInterrupted: false });
    const { left, own, elsewhere, asked } = await takenOver();
    expect((await getRun(left.id)).status).toBe('interrupted');
    expect((await getRun(own.id)).status).toBe('running');
    expect((await getRun(elsewhere.id)).status).toBe('running');
    expect(asked).toEqual([]);
  });

  it('goes on with them where the settings say so', async () => {
    await changeSettings({ resumeInterrupted: true });
    const { left, asked } = await takenOver();
    expect(asked).toEqual([left.id]);
  });
});
