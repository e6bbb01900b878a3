// Reading a deployment history: which version a roll back brings back. A roll back takes the newest version off
// the pile, so a second one goes further back instead of returning to what was just taken away.
import type { Deployment } from '../contract/records';

/** The deployments under the live one, newest last: what further roll backs bring back, in reverse order. */
export function earlierDeployments(history: readonly Deployment[]): Deployment[] {
  const pile: Deployment[] = [];
  for (const deployment of history) {
    if (deployment.restores === undefined) {
      pile.push(deployment);
      continue;
    }
    const at = pile.findIndex((earlier) => earlier.id === deployment.restores);
    if (at >= 0) pile.length = at + 1;
    else pile.push(deployment);
  }
  return pile.slice(0, -1);
}

/** What a roll back brings back: the newest earlier deployment of another version that still exists, or null. */
export function rollbackTarget(history: readonly Deployment[], existing: ReadonlySet<string>): Deployment | null {
  const live = history.find((deployment) => deployment.live);
  if (!live) return null;
  return (
    earlierDeployments(history).findLast(({ modelId }) => modelId !== live.modelId && existing.has(modelId)) ?? null
  );
}
