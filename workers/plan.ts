// What a run will take, before it is started: parameters, memory, steps and time, from the data set's figures.
import type { Recipe } from '../src/contract/records';
import type { RunPlan } from '../src/contract/train';
import { getDataset } from '../src/storage/datasets';
import type { TaskTable } from './task-table';

export async function planRun(tasks: TaskTable, recipe: Recipe): Promise<RunPlan> {
  const { training } = tasks.get(recipe.task);
  const { report } = await getDataset(recipe.dataset);
  const { stats } = report;
  return training.plan(recipe.config, {
    rows: stats.labelled,
    labels: Object.keys(stats.classes).length,
    meanLength: stats.textLength?.mean ?? 0,
  });
}
