// Whether somebody works on a run, known across tabs: page and worker hold the run's Web Lock (shared) while
// it is queued or under way, and the browser lets go of it when they die. No clock, no heartbeat.
import type { Run } from '../contract/records';
import { listAllRuns, updateRun } from './runs';

const lockName = (runId: string): string => `run:${runId}`;

function lockManager(): LockManager | null {
  return typeof navigator !== 'undefined' && 'locks' in navigator ? navigator.locks : null;
}

/** Marks a run as worked on until the returned function is called or this thread dies. */
export async function holdRun(runId: string): Promise<() => void> {
  const locks = lockManager();
  if (!locks) return () => undefined;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await new Promise<void>((granted, refused) => {
    locks
      .request(lockName(runId), { mode: 'shared' }, () => {
        granted();
        return held;
      })
      .catch(refused);
  });
  return release;
}

/**
 * Runs stored as queued or running that nobody holds were cut off by a reload, a crash or a closed tab: they
 * become `interrupted`. Paused ones stay paused. Gives those that changed.
 */
export async function settleInterrupted(): Promise<Run[]> {
  const open = (await listAllRuns()).filter((run) => run.status === 'running' || run.status === 'queued');
  if (open.length === 0) return [];
  const state = await lockManager()?.query();
  const held = new Set((state?.held ?? []).map((lock) => lock.name));
  const cut = open.filter((run) => !held.has(lockName(run.id)));
  return Promise.all(cut.map((run) => updateRun(run.id, { status: 'interrupted' })));
}
