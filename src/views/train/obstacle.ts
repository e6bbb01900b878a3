// Why a recipe cannot run, in one sentence and with the screen that helps; whoever works on the project. Pure.
import type { Dataset, DatasetStats } from '../../contract/records';
import { address } from '../../stores/place';
import { counted } from '../../ui/format';
import { missingColumns, readsLabels, usableRows } from './before-start';
import { problemLine } from './recipe-address';
import type { TrainForm } from './train-form.svelte';

export interface Obstacle {
  text: string;
  /** Where it is mended. */
  way?: { title: string; href: string };
}

/** The first thing in the way, or null. `fewest`: labelled rows that the task starts with. */
export function obstacleOf(
  projectId: string,
  form: TrainForm,
  dataset: Dataset | null,
  stats: DatasetStats | null,
  fewest: number,
): Obstacle | null {
  if (!dataset)
    return {
      text: 'There is no data to train on.',
      way: { title: 'Add data', href: address(projectId, 'data') },
    };
  if (form.textProblem) return { text: 'The recipe cannot be read.' };
  const wrong = form.problems[0];
  if (wrong) return { text: problemLine(form, wrong) };
  const { spec } = form;
  if (!spec) return null;
  const map = { title: 'Map columns', href: address(projectId, 'data', dataset.id, { tab: 'quality' }) };
  const label = { title: 'Label rows', href: address(projectId, 'label') };
  const missing = missingColumns(spec, dataset, stats);
  if (missing.length)
    return stats && stats.labelled === 0 && missing.every((column) => column.startsWith('label'))
      ? { text: `No row has a label: label at least ${fewest} here, or map the column that holds them.`, way: label }
      : { text: `${spec.title} needs a column for ${missing.join(' and ')}.`, way: map };
  if (stats && !readsLabels(spec)) {
    const rows = usableRows(spec, stats);
    return rows < fewest
      ? {
          text: `${counted(fewest - rows, 'more row')} needed: ${spec.title} starts with ${fewest}.`,
          way: { title: 'Add data', href: address(projectId, 'data', dataset.id) },
        }
      : null;
  }
  if (stats && stats.labelled < fewest)
    return {
      text: `${counted(fewest - stats.labelled, 'more labelled row')} needed: ${spec.title} starts with ${fewest}.`,
      way: stats.unlabelled > 0 ? label : { title: 'Add data', href: address(projectId, 'data', dataset.id) },
    };
  return null;
}
