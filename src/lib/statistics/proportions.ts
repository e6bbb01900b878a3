// Intervals for a share such as an accuracy: k right out of n.
import { inverseIncompleteBeta, normalQuantile } from './special';

/** Wilson's score interval without continuity correction; [0, 1] where n is 0. */
export function wilsonInterval(successes: number, n: number, alpha = 0.05): [number, number] {
  if (n === 0) return [0, 1];
  const z = normalQuantile(1 - alpha / 2);
  const share = successes / n;
  const scale = 1 + (z * z) / n;
  const centre = (share + (z * z) / (2 * n)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / scale;
  return [successes === 0 ? 0 : Math.max(0, centre - half), successes === n ? 1 : Math.min(1, centre + half)];
}

/** Clopper and Pearson's exact interval; [0, 1] where n is 0. */
export function clopperPearsonInterval(successes: number, n: number, alpha = 0.05): [number, number] {
  const low = successes === 0 ? 0 : inverseIncompleteBeta(alpha / 2, successes, n - successes + 1);
  const high = successes === n ? 1 : inverseIncompleteBeta(1 - alpha / 2, successes + 1, n - successes);
  return [low, high];
}
