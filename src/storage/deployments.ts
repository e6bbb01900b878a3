// What was live when, and why. Entries are only added; at most one of a project is live.
import type { Deployment } from '../contract/records';
import { openStudio } from './open';
import { write } from './transact';

/** Oldest first. */
export async function listDeployments(projectId: string): Promise<Deployment[]> {
  const all = await (await openStudio()).getAllFromIndex('deployments', 'project', projectId);
  return inOrder(all);
}

export async function liveDeployment(projectId: string): Promise<Deployment | null> {
  return (await listDeployments(projectId)).find((deployment) => deployment.live) ?? null;
}

/**
 * Adds what `decide` makes of the history as the one now live, in one transaction; the others are live no more.
 * Nothing is written where `decide` throws.
 */
export async function addDeployment(
  projectId: string,
  decide: (history: Deployment[]) => Omit<Deployment, 'live' | 'projectId' | 'at'>,
): Promise<Deployment> {
  return write(
    ['deployments'],
    async (tx) => {
      const store = tx.objectStore('deployments');
      const history = inOrder(await store.index('project').getAll(projectId));
      // A clock set back must not move the newest entry before older ones.
      const at = Math.max(Date.now(), (history.at(-1)?.at ?? 0) + 1);
      const added: Deployment = { ...decide(history), projectId, at, live: true };
      for (const earlier of history) if (earlier.live) await store.put({ ...earlier, live: false });
      await store.put(added);
      return added;
    },
    { projectId, durability: 'strict' },
  );
}

function inOrder(deployments: Deployment[]): Deployment[] {
  return deployments.sort((a, b) => a.at - b.at);
}
