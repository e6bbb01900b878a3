// What a task's plan is made from: the size of the data, and the base a recipe starts from.
import type { Base } from '../../src/contract/bases';
import type { Recipe } from '../../src/contract/records';
import { getBase } from '../../src/storage/bases';
import { getDataset } from '../../src/storage/datasets';
import type { PlanSize } from '../../src/tasks/task';

export async function planSize({ dataset, config }: Recipe): Promise<PlanSize> {
  const { stats } = (await getDataset(dataset)).report;
  const base = await baseOf(config['base']);
  return {
    // Rows without any label are of a task that needs none.
    rows: stats.labelled > 0 ? stats.labelled : stats.rowsKept,
    labels: Object.keys(stats.classes).length,
    meanLength: stats.textLength?.mean ?? 0,
    ...(base ? { base } : {}),
  };
}

/** Null where the recipe starts from none that is stored; that it is gone, the start says. */
async function baseOf(id: unknown): Promise<Base | null> {
  return typeof id === 'string' && id.startsWith('base-') ? getBase(id).catch(() => null) : null;
}
