// The maps of this page by version and by what makes the vectors: the last few, and any that is still being made.
import type { Dataset } from '../../../contract/records';
import type { StudioApi } from '../../../contract/studio';
import type { Jobs } from '../../../stores/jobs.svelte';
import { RowMap } from './row-map.svelte';

const made = new Map<string, RowMap>();
const mostKept = 4;

/** The map of this version by this base or model, made or not. */
export function rowMapOf(studio: StudioApi, jobs: Jobs, dataset: Dataset, by: string): RowMap {
  const key = JSON.stringify([dataset.id, by]);
  const known = made.get(key) ?? new RowMap(studio, jobs, dataset, by);
  made.delete(key);
  made.set(key, known);
  for (const [oldest, map] of made) {
    if (made.size <= mostKept) break;
    if (!map.working) made.delete(oldest);
  }
  return known;
}
