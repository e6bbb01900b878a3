// Acts on many rows that break off: a fault in any transaction leaves the labels as they were, and what a crash left
// half done is settled before the next act.
import { describe, expect, it } from 'vitest';
import type { Project } from '../contract/records';
import { commitLargeAct, moveLargeEdit, settleUnfinished } from './act-large';
import type { Stretch } from './edit-parts';
import { listEdits } from './edits';
import { readOverlay } from './labels';
import { openStudio } from './open';
import { putProject } from './projects';
import { undo } from './undo';

let projects = 0;
async function newProject(): Promise<string> {
  const id = `large-${projects++}`;
  const project: Project = { id, name: id, task: 'intent', createdAt: 1, openedAt: 1, labels: [] };
  await putProject(project);
  return id;
}
const act = (projectId: string): Parameters<typeof commitLargeAct>[0] => ({
  projectId,
  by: 'me',
  at: 1,
  what: (rows) => `Labelled ${rows} rows`,
  labels: (known) => (known.includes('x') ? known : [...known, 'x']),
});
const stretch = (from: number, label: string): Stretch => ({
  rootId: 'set',
  ordinals: Uint32Array.from({ length: 5000 }, (_, i) => from + i),
  decide: () => ({ labels: [label], origin: 'label', by: 'me', at: 1 }),
});
const overlay = async (projectId: string): Promise<string[]> =>
  [...(await readOverlay(projectId, 'set', 0, 1e6))].map(([ordinal, state]) => `${ordinal} ${state.labels.join()}`);

/** From the `nth` write on, every one fails, as after a crash: nothing can be put right any more. */
async function dyingAt<T>(nth: number, work: () => Promise<T>): Promise<boolean> {
  const db = await openStudio();
  const real = db.transaction.bind(db);
  let writes = 0;
  Object.defineProperty(db, 'transaction', {
    configurable: true,
    value: (stores: never, mode: never, options: never) => {
      if (mode === 'readwrite' && ++writes >= nth) throw new Error('dead');
      return real(stores, mode, options);
    },
  });
  try {
    await work().catch(() => undefined);
  } finally {
    Reflect.deleteProperty(db, 'transaction');
  }
  return writes >= nth;
}

describe('an act on many rows that dies', () => {
  it('is taken back whole, wherever it died', async () => {
    for (let nth = 1; ; nth++) {
      const projectId = await newProject();
      await commitLargeAct(act(projectId), [stretch(100, 'first')]);
      const before = await overlay(projectId);
      const parts = [stretch(0, 'x'), stretch(5000, 'x'), stretch(20_000, 'x')];
      const died = await dyingAt(nth, () => commitLargeAct(act(projectId), parts));
      await settleUnfinished(projectId);
      if (!died) {
        expect((await overlay(projectId)).length).toBe(15_000);
        expect(nth).toBe(5);
        return;
      }
      expect(await overlay(projectId)).toEqual(before);
      expect((await listEdits(projectId)).length).toBe(1);
    }
  });

  it('is undone to the end once its undo began, wherever that died', async () => {
    let unfinished = 0;
    for (let nth = 1; ; nth++) {
      const projectId = await newProject();
      await commitLargeAct(act(projectId), [stretch(0, 'x'), stretch(5000, 'x')]);
      const done = await overlay(projectId);
      const died = await dyingAt(nth, () => undo(projectId));
      await settleUnfinished(projectId);
      const now = await overlay(projectId);
      const undone = (await listEdits(projectId))[0]?.undone;
      expect(now).toEqual(undone ? [] : done);
      if (undone && died) unfinished++;
      if (!died) break;
    }
    expect(unfinished).toBe(3);
  });

  it('goes back and forth as often as one likes', async () => {
    const projectId = await newProject();
    await commitLargeAct(act(projectId), [stretch(0, 'x'), stretch(5000, 'x')]);
    const done = await overlay(projectId);
    const edit = (await (await openStudio()).getAllFromIndex('edits', 'project', projectId))[0]!;
    for (let turn = 0; turn < 2; turn++) {
      await moveLargeEdit({ ...edit, id: edit.id ?? 0 }, 'undone');
      expect(await overlay(projectId)).toEqual([]);
      await moveLargeEdit({ ...edit, id: edit.id ?? 0 }, 'done');
      expect(await overlay(projectId)).toEqual(done);
    }
  });
});
