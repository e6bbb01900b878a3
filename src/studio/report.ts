// A run to take away: its report as a page, its numbers as CSV, its recipe as YAML or JSON.
import { UnsupportedError } from '../contract/errors';
import type { Run } from '../contract/records';
import { recipeToYaml } from '../lib/recipe';
import { findDataset } from '../storage/datasets';
import { findFrozenSplit } from '../storage/frozen-splits';
import { listModels } from '../storage/models';
import { getProject } from '../storage/projects';
import { listRunEvents } from '../storage/run-events';
import { getRun } from '../storage/runs';
import { ownIntervals } from './own-intervals';
import { reportCsv } from './report-csv';
import { reportPage, type ReportInput } from './report-html';
import { tasks } from './tasks';

export const reportFormats = ['html', 'csv', 'yaml', 'json'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** NotFoundError where there is no such run, UnsupportedError for another format. */
export async function runReport(id: string, format: ReportFormat): Promise<Blob> {
  const run = await getRun(id);
  switch (format) {
    case 'html':
      return new Blob([reportPage(await gather(run))], { type: 'text/html;charset=utf-8' });
    case 'csv':
      // The mark makes spreadsheets read UTF-8.
      return new Blob(['\ufeff', reportCsv(run, await listRunEvents(id))], { type: 'text/csv;charset=utf-8' });
    case 'yaml':
      return new Blob([recipeToYaml(run.recipe)], { type: 'application/yaml;charset=utf-8' });
    case 'json':
      return new Blob([`${JSON.stringify(run.recipe, null, 2)}\n`], { type: 'application/json' });
    default:
      throw new UnsupportedError(
        `A report cannot be written as "${String(format satisfies never)}". Choose one of: ${reportFormats.join(', ')}.`,
      );
  }
}

async function gather(run: Run): Promise<ReportInput> {
  const [project, events, dataset, models] = await Promise.all([
    getProject(run.projectId),
    listRunEvents(run.id),
    findDataset(run.recipe.dataset),
    listModels(run.projectId),
  ]);
  return {
    run,
    model: models.find((model) => model.id === run.modelId) ?? null,
    project: project.name,
    task: tasks.get(run.task)?.title ?? run.task,
    dataset: dataset ? `${dataset.name}, version ${dataset.version}` : 'a data set that was removed since',
    events,
    intervals: await intervalsOf(run),
    madeAt: new Date(),
  };
}

async function intervalsOf(run: Run): Promise<ReportInput['intervals']> {
  const frozen = await findFrozenSplit(run.id, run.metrics.test ? 'test' : 'validation');
  return frozen ? await ownIntervals(frozen) : null;
}
