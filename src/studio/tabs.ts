// One writer per project among all tabs, by Web Lock. A tab that watches a project queues for its lock, so it
// takes over the moment the holder's tab is gone. A tab that holds a project it no longer shows gives it up when
// another asks. Without navigator.locks there is nobody to ask: every tab may write.
import { StorageError } from '../contract/errors';
import type { TabState } from '../contract/studio';

/** The little of LockManager that is used; tests bring their own. */
export interface Locks {
  request(
    name: string,
    options: { mode?: 'exclusive'; signal?: AbortSignal },
    work: () => Promise<void>,
  ): Promise<unknown>;
  /** Which locks are held now, in any tab. */
  query(): Promise<{ held?: { name?: string }[] }>;
}
/** A line to the other tabs; what is posted comes to the others only. */
export interface TabChannel {
  post(message: TabMessage): void;
  listen(listener: (message: TabMessage) => void): void;
}
export interface TabMessage {
  type: 'wanted';
  projectId: string;
}

export interface Tabs {
  requireWriter(projectId: string): Promise<void>;
  watch(projectId: string, listener: (state: TabState) => void): () => void;
  /** Keeps the project's lock here, shown or not, until the returned function is called: work is going on. */
  hold(projectId: string): () => void;
  writable(projectId: string): boolean;
}

interface Claim {
  held: boolean;
  /** Pieces of work of this tab that are going on. */
  work: number;
  /** Another tab asked for the project and has not got it yet. */
  wanted: boolean;
  watchers: Set<(state: TabState) => void>;
  granted: Promise<void> | null;
  /** Ends a queued request, or gives the held lock back. */
  leave: (() => void) | null;
}

/** How long a script waits for a holder that no longer shows the project to give it up. */
const handOverMs = 400;
/** How long it waits at most where nobody holds the project: a busy computer grants late. */
const grantMs = 10_000;

export function createTabs(locks: Locks | null, channel: TabChannel | null): Tabs {
  const claims = new Map<string, Claim>();

  function claimOf(projectId: string): Claim {
    let claim = claims.get(projectId);
    if (!claim) {
      claim = { held: locks === null, work: 0, wanted: false, watchers: new Set(), granted: null, leave: null };
      claims.set(projectId, claim);
    }
    return claim;
  }

  function tell(claim: Claim): void {
    for (const listener of claim.watchers) listener({ writable: claim.held });
  }

  /** Queues for the lock once; the promise resolves when it is granted. */
  function ask(projectId: string, claim: Claim): Promise<void> {
    if (!locks || claim.held) return Promise.resolve();
    if (claim.granted) return claim.granted;
    const queue = new AbortController();
    claim.granted = new Promise<void>((granted) => {
      const held = (): Promise<void> =>
        new Promise<void>((release) => {
          claim.held = true;
          claim.leave = release;
          granted();
          tell(claim);
        });
      claim.leave = () => queue.abort();
      locks
        .request(lockName(projectId), { mode: 'exclusive', signal: queue.signal }, held)
        .catch(() => undefined)
        .finally(() => {
          const was = claim.held;
          claim.held = false;
          claim.granted = null;
          claim.leave = null;
          claim.wanted = false;
          if (was) tell(claim);
        });
    });
    channel?.post({ type: 'wanted', projectId });
    return claim.granted;
  }

  channel?.listen((message) => {
    const claim = claims.get(message.projectId);
    if (!claim) return;
    claim.wanted = true;
    giveWay(claim);
  });

  /** Asks who holds the lock instead of trusting the clock. */
  async function heldElsewhere(projectId: string, claim: Claim): Promise<boolean> {
    const held = (await locks?.query())?.held ?? [];
    return !claim.held && held.some((lock) => lock.name === lockName(projectId));
  }

  /** Lets go of a project that is neither shown nor worked on here, if another tab waits for it. */
  function giveWay(claim: Claim): void {
    if (claim.held && claim.wanted && claim.watchers.size === 0 && claim.work === 0) claim.leave?.();
  }

  return {
    async requireWriter(projectId) {
      const claim = claimOf(projectId);
      const asked = performance.now();
      while (!claim.held) {
        await within(handOverMs, ask(projectId, claim));
        if (claim.held) return;
        if (performance.now() - asked > grantMs || (await heldElsewhere(projectId, claim))) break;
      }
      if (claim.held) return;
      if (claim.watchers.size === 0) claim.leave?.();
      throw new StorageError(
        'Another tab of the studio works on this project, so this one only shows it. Close the other tab, or go on there; this tab takes over by itself.',
      );
    },
    watch(projectId, listener) {
      const claim = claimOf(projectId);
      claim.watchers.add(listener);
      listener({ writable: claim.held });
      void ask(projectId, claim);
      return () => {
        claim.watchers.delete(listener);
        if (claim.watchers.size === 0 && !claim.held) claim.leave?.();
        else giveWay(claim);
      };
    },
    hold(projectId) {
      const claim = claimOf(projectId);
      claim.work += 1;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        claim.work -= 1;
        giveWay(claim);
      };
    },
    writable: (projectId) => claims.get(projectId)?.held ?? locks === null,
  };
}

function lockName(projectId: string): string {
  return `project:${projectId}`;
}

/** Settles when `work` does, or after `ms`. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** The browser's own locks and channel; null where it has none. */
export function browserTabs(): Tabs {
  const locks = typeof navigator !== 'undefined' && 'locks' in navigator ? navigator.locks : null;
  return createTabs(locks, typeof BroadcastChannel === 'undefined' ? null : broadcast());
}

function broadcast(): TabChannel {
  const channel = new BroadcastChannel('trainyard-tabs');
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => {
      channel.onmessage = (event: MessageEvent<TabMessage>) => listener(event.data);
    },
  };
}
