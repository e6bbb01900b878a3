// Whether somebody works on a run, known across tabs: page and worker hold the run's Web Lock (shared) while
// it is queued or under way, and the browser lets go of it when they die. No clock, no heartbeat.
import type { Run } from '../contract/records';
import { listAllRuns } from './runs';
import { write } from './transact';

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
 * become `interrupted`. Paused ones stay paused. Gives those that changed. `of`: this project's only; `but`: runs
 * known to be under way here, for browsers without locks.
 */
export async function settleInterrupted(of?: string, but?: Pick<Set<string>, 'has'>): Promise<Run[]> {
  const mine = (run: Run): boolean => (of === undefined || run.projectId === of) && !but?.has(run.id);
  const open = (await listAllRuns()).filter((run) => isOpen(run) && mine(run));
  if (open.length === 0) return [];
  const state = await lockManager()?.query();
  const held = new Set((state?.held ?? []).map((lock) => lock.name));
  const cut = open.filter((run) => !held.has(lockName(run.id)));
  const settled = await Promise.all(cut.map(interrupt));
  return settled.filter((run) => run !== null);
}

const isOpen = (run: Run): boolean => run.status === 'running' || run.status === 'queued';

/** Reads anew where it writes: the run may have ended, or been removed, since it was listed. */
function interrupt({ id, projectId }: Run): Promise<Run | null> {
  return write(
    ['runs'],
    async (tx) => {
      const store = tx.objectStore('runs');
      const run = await store.get(id);
      if (!run || !isOpen(run)) return null;
      const cut: Run = { ...run, status: 'interrupted' };
      await store.put(cut);
      return cut;
    },
    { projectId },
  );
}
