// What was live when, as stretches of time. Pure.
import type { Deployment } from '../../contract/records';

export interface Stretch {
  deployment: Deployment;
  from: number;
  to: number;
  /** Share of the whole width, at least `least`, all together 1. */
  share: number;
}

/** Oldest first; each lasts until the next. Short ones are widened so that their name can be read. */
export function stretches(deployments: readonly Deployment[], now: number, least = 0.06): Stretch[] {
  const list = deployments
    .toSorted((a, b) => a.at - b.at)
    .slice(-12)
    .map((deployment, i, all) => ({
      deployment,
      from: deployment.at,
      to: Math.max(deployment.at, all[i + 1]?.at ?? now),
    }));
  const total = list.reduce((sum, stretch) => sum + (stretch.to - stretch.from), 0) || 1;
  const raw = list.map((stretch) => Math.max(least, (stretch.to - stretch.from) / total));
  const sum = raw.reduce((all, share) => all + share, 0) || 1;
  return list.map((stretch, i) => ({ ...stretch, share: raw[i]! / sum }));
}
