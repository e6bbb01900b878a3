// A run before anything happened to it.
import type { Recipe, Run } from '../contract/records';
import { newId } from '../lib/ids';

/** Number, name and colour are given when it is stored (runs.ts). */
export function draftRun(
  projectId: string,
  recipe: Recipe,
  changed: string[],
): Omit<Run, 'number' | 'name' | 'colour'> {
  return {
    id: newId('run'),
    projectId,
    task: recipe.task,
    status: 'queued',
    recipe,
    changed,
    datasetHash: '',
    seed: recipe.seed,
    backend: null,
    adapter: '',
    threads: 1,
    build: '',
    steps: 0,
    totalSteps: 0,
    queuedAt: Date.now(),
    startedAt: null,
    finishedAt: null,
    seconds: 0,
    modelId: null,
    metrics: { validation: null, test: null },
    weightHash: null,
    sizeBytes: 0,
    bestStep: null,
    splitRows: { train: 0, validation: 0, test: 0 },
  };
}
