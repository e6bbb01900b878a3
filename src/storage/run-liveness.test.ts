// What becomes of runs nobody holds: cut off, unless they ended while that was found out.
import { describe, expect, it } from 'vitest';
import { draftRun } from './run-draft';
import { settleInterrupted } from './run-liveness';
import { addRun, getRun, updateRun } from './runs';

describe('runs nobody holds', () => {
  const draft = (projectId: string) =>
    draftRun(projectId, { task: 'classifier', dataset: 'd', seed: 1, config: {} }, []);

  it('become interrupted, but one that ended meanwhile stays as it ended', async () => {
    const left = await addRun(draft('p'));
    const ending = await addRun(draft('p'));
    const ended = updateRun(ending.id, { status: 'finished' });
    const settled = await settleInterrupted();
    await ended;
    expect((await getRun(left.id)).status).toBe('interrupted');
    expect((await getRun(ending.id)).status).toBe('finished');
    expect(settled.map((run) => run.id)).toEqual([left.id]);
  });
});
