// Acts of one project run one after the other, by the tab that may write, and never over what a crash left half done.
import { settleUnfinished, unfinishedProjects } from '../storage/act-large';
import type { StudioContext } from './context';
import type { Tabs } from './tabs';

export interface Acts {
  /** Waits for the acts before it, for the right to write, and for what a crash may have left; then does the work. */
  act<T>(projectId: string, work: () => Promise<T>): Promise<T>;
  /** The same for what neither sees labels nor changes them, such as an import: acts need not wait for it. */
  beside<T>(projectId: string, work: () => Promise<T>): Promise<T>;
  /** Reads with no act and no import of this tab going on; whoever may write. */
  still<T>(projectId: string, read: () => Promise<T>): Promise<T>;
  /** Ends what a crash left, in every project that no other tab works on. */
  settleAll(): Promise<void>;
}

/** `hold` keeps the project from being handed to another tab in the middle of an act. */
export function createActs(writer: Pick<StudioContext, 'requireWriter'> & Partial<Pick<Tabs, 'hold'>>): Acts {
  const tails = new Map<string, Promise<unknown>>();
  /** By project, settled when those begun so far have ended, well or not. */
  const besides = new Map<string, Promise<unknown>>();
  const reads = new Map<string, Promise<unknown>>();

  /** Work begins when all before it has ended, well or not. */
  function inTurn<T>(projectId: string, work: () => Promise<T>): Promise<T> {
    const turn = (tails.get(projectId) ?? Promise.resolve()).then(work, work);
    tails.set(
      projectId,
      turn.catch(() => undefined),
    );
    return turn;
  }
  async function held<T>(projectId: string, work: () => Promise<T>): Promise<T> {
    await writer.requireWriter(projectId);
    const letGo = writer.hold?.(projectId);
    try {
      return await work();
    } finally {
      letGo?.();
    }
  }
  function act<T>(projectId: string, work: () => Promise<T>): Promise<T> {
    return inTurn(projectId, () =>
      held(projectId, async () => {
        await settleUnfinished(projectId);
        return await work();
      }),
    );
  }
  return {
    act,
    beside(projectId, work) {
      const begun = (reads.get(projectId) ?? Promise.resolve()).then(() => held(projectId, work));
      besides.set(projectId, Promise.allSettled([besides.get(projectId), begun]));
      return begun;
    },
    still(projectId, read) {
      const begun = (besides.get(projectId) ?? Promise.resolve()).then(() => inTurn(projectId, read));
      reads.set(projectId, Promise.allSettled([reads.get(projectId), begun]));
      return begun;
    },
    async settleAll() {
      // A project that another tab works on is that tab's to settle; on a full disk the next act or start tries again.
      for (const projectId of await unfinishedProjects())
        await act(projectId, () => Promise.resolve()).catch(() => undefined);
    },
  };
}
