// One writer per project among tabs that share a lock manager and a channel.
import { describe, expect, it } from 'vitest';
import { createTabs, type Locks, type TabChannel, type TabMessage, type Tabs } from './tabs';

/** Exclusive locks in the order asked for, as the browser grants them: never at once, and freed on abort. */
class FakeLocks {
  private readonly queues = new Map<string, { start: () => Promise<void>; owner: number }[]>();
  private readonly held = new Map<string, number>();
  private readonly dead = new Set<number>();
  /** Milliseconds before a free lock is granted: a busy computer. */
  slowMs = 0;

  of(owner: number): Locks {
    return {
      request: (name, { signal }, work) =>
        new Promise<void>((resolve, reject) => {
          const queue = this.queues.get(name) ?? [];
          this.queues.set(name, queue);
          const waiting = {
            owner,
            start: async () => {
              this.held.set(name, owner);
              await Promise.race([work(), this.deathOf(owner)]);
              this.held.delete(name);
              resolve();
              this.next(name);
            },
          };
          queue.push(waiting);
          signal?.addEventListener('abort', () => {
            const at = queue.indexOf(waiting);
            if (at < 0) return;
            queue.splice(at, 1);
            reject(new DOMException('aborted', 'AbortError'));
          });
          if (this.slowMs > 0) setTimeout(() => this.next(name), this.slowMs);
          else queueMicrotask(() => this.next(name));
        }),
      query: () => Promise.resolve({ held: [...this.held.keys()].map((name) => ({ name })) }),
    };
  }
  kill(owner: number): void {
    this.dead.add(owner);
    for (const notice of this.deaths.splice(0)) notice();
  }
  private readonly deaths: (() => void)[] = [];
  private async deathOf(owner: number): Promise<void> {
    while (!this.dead.has(owner)) await new Promise<void>((resolve) => this.deaths.push(resolve));
  }
  private next(name: string): void {
    if (this.held.has(name)) return;
    const queue = this.queues.get(name) ?? [];
    let next = queue.shift();
    while (next && this.dead.has(next.owner)) next = queue.shift();
    if (next) void next.start();
  }
}

function world(): { locks: FakeLocks; tab: (owner: number) => Tabs } {
  const locks = new FakeLocks();
  const ears: { owner: number; hear: (message: TabMessage) => void }[] = [];
  const channel = (owner: number): TabChannel => ({
    post: (message) => {
      for (const ear of ears) if (ear.owner !== owner) queueMicrotask(() => ear.hear(message));
    },
    listen: (hear) => ears.push({ owner, hear }),
  });
  return { locks, tab: (owner) => createTabs(locks.of(owner), channel(owner)) };
}
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

describe('tabs', () => {
  it('gives the project to the first that shows it; others are told they only show it', async () => {
    const { tab } = world();
    const [one, two] = [tab(1), tab(2)];
    const seen: boolean[][] = [[], []];
    one.watch('p', ({ writable }) => seen[0]!.push(writable));
    await soon();
    two.watch('p', ({ writable }) => seen[1]!.push(writable));
    await soon();
    expect(seen).toEqual([[false, true], [false]]);
    await one.requireWriter('p');
    await expect(two.requireWriter('p')).rejects.toMatchObject({ name: 'StorageError' });
    await two.requireWriter('another');
  });

  it('hands over when the holder dies, within a moment and without a click', async () => {
    const { locks, tab } = world();
    const [one, two] = [tab(1), tab(2)];
    one.watch('p', () => undefined);
    await soon();
    const seen: boolean[] = [];
    two.watch('p', ({ writable }) => seen.push(writable));
    await soon();
    locks.kill(1);
    await soon();
    expect(seen).toEqual([false, true]);
    await two.requireWriter('p');
  });

  it('lets a script write in a tab that shows nothing, and keeps the lock', async () => {
    const { tab } = world();
    const [one, two] = [tab(1), tab(2)];
    await one.requireWriter('p');
    expect(one.writable('p')).toBe(true);
    // The first shows nothing and does nothing: it gives way to the second that asks.
    await two.requireWriter('p');
    expect([one.writable('p'), two.writable('p')]).toEqual([false, true]);
    const done = two.hold('p');
    await expect(one.requireWriter('p')).rejects.toMatchObject({ name: 'StorageError' });
    done();
    await one.requireWriter('p');
  });

  it('gives a project that is left to a tab that waits for it, and stops telling', async () => {
    const { tab } = world();
    const [one, two] = [tab(1), tab(2)];
    const seen: boolean[] = [];
    const leave = one.watch('p', ({ writable }) => seen.push(writable));
    await soon();
    const other: boolean[] = [];
    two.watch('p', ({ writable }) => other.push(writable));
    await soon();
    leave();
    await soon();
    expect(seen).toEqual([false, true]);
    expect(other).toEqual([false, true]);
  });

  it('waits for a lock that nobody holds, however late it is granted', async () => {
    const { locks, tab } = world();
    locks.slowMs = 900;
    const one = tab(1);
    await one.requireWriter('p');
    expect(one.writable('p')).toBe(true);
  });

  it('lets every tab write where the browser has no locks', async () => {
    const tabs = createTabs(null, null);
    const seen: boolean[] = [];
    tabs.watch('p', ({ writable }) => seen.push(writable));
    await tabs.requireWriter('p');
    expect(seen).toEqual([true]);
  });
});
