// Which rows are to be looked at next. Orders without a model stop reading as soon as they have enough; orders by
// a model's doubt score a bounded, seeded sample, so that a million rows answer as fast as ten thousand.
import { DatasetError, NotFoundError, UnsupportedError } from '../contract/errors';
import type { Dataset, Model, Project } from '../contract/records';
import type { QueueItem, QueueOrder, StudioApi } from '../contract/studio';
import type { Prediction } from '../contract/train';
import { rowIdOf } from '../lib/ids';
import { Rng } from '../lib/rng';
import { getDataset } from '../storage/datasets';
import { getProject } from '../storage/projects';
import { pageStarts } from '../storage/row-pages';
import { doubt } from './doubt';
import { renamingFor } from './label-names';
import { rowsOfPage, textAt, type Families, type PageRow } from './rows';
import type { Suggestions } from './suggestions';

const orders: readonly QueueOrder[] = [
  'newest',
  'oldest',
  'random',
  'least-confident',
  'margin',
  'entropy',
  'disagreement',
];
const defaultLimit = 50;
const largestLimit = 10_000;
/** Rows scored for an order by doubt. */
const sampleRows = 2000;
/** Pages read for a random sample, at most. */
const samplePages = 24;
/** How long rows wait for suggestions they do not need for their order. */
const suggestionPatienceMs = 1500;

type Candidate = QueueItem;

export function createQueue(families: Families, suggestions: Suggestions): StudioApi['review']['queue'] {
  return async (projectId, options = {}) => {
    const order = options.order ?? 'newest';
    if (!orders.includes(order))
      throw new UnsupportedError(`There is no order "${String(order)}". Choose one of: ${orders.join(', ')}.`);
    const limit = checkedLimit(options.limit);
    const project = await getProject(projectId);
    const datasets = await datasetsOf(families, projectId, options.datasetId);
    const model = await suggestions.newestModel(projectId);
    const worked = workedOn(project, datasets);
    if (order === 'newest' || order === 'oldest' || order === 'random') {
      const rows = order === 'random' ? await sample(datasets, limit, waits) : await inOrder(datasets, limit, order);
      return await inTime(ask(project, worked, model, rows), rows);
    }
    const rows = await sample(datasets, sampleRows, order === 'disagreement' ? isLabelled : waits);
    const answers = await ask(project, worked, model, rows);
    if (!answers)
      throw new NotFoundError(
        `The order "${order}" asks what was learned, and this project has no model yet. Label rows of two labels while no run trains, train a model, or take "newest" or "random".`,
      );
    return byDoubt(order, rows, answers).slice(0, limit);
  };

  /** Answers of what knows the labels best, in the words the project has now; null where nothing does. */
  async function ask(
    project: Project,
    worked: Dataset | undefined,
    model: Model | null,
    rows: Candidate[],
  ): Promise<(Prediction | undefined)[] | null> {
    const texts = rows.map(({ text }) => text);
    const fresh = await suggestions.fromLabels(worked, model, texts);
    if (fresh || !model) return fresh;
    const [answers, renaming] = await Promise.all([suggestions.ask(model, rows), renamingFor(project, model)]);
    return answers.map((answer) => answer && renaming(answer));
  }
}

function checkedLimit(limit: number | undefined): number {
  if (limit === undefined) return defaultLimit;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestLimit)
    throw new DatasetError(`limit must be a whole number from 1 to ${largestLimit.toLocaleString('en-GB')}.`);
  return limit;
}

/** The data set asked for; else the newest version of every family, the latest import first. */
export async function datasetsOf(families: Families, projectId: string, datasetId?: string): Promise<Dataset[]> {
  if (datasetId !== undefined) {
    const dataset = await getDataset(datasetId);
    if (dataset.projectId !== projectId)
      throw new NotFoundError(`The data set "${datasetId}" belongs to another project.`);
    return [dataset];
  }
  const newest = [...(await families.of(projectId)).values()].flatMap((family) => family.versions[0] ?? []);
  return newest.sort((a, b) => b.createdAt - a.createdAt);
}

const waits = (row: PageRow): boolean => row.inForce.origin === null;
const isLabelled = (row: PageRow): boolean => row.inForce.labels.length > 0;

/** The data set that labels are carried over from: the project's own choice, else the latest import. */
export function workedOn(project: Project, datasets: readonly Dataset[]): Dataset | undefined {
  return datasets.find(({ id }) => id === project.activeDatasetId) ?? datasets[0];
}

/** Rows without a label, from the last row backwards or from the first on. */
async function inOrder(datasets: Dataset[], limit: number, order: 'newest' | 'oldest'): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const dataset of order === 'newest' ? datasets : [...datasets].reverse()) {
    const pages = (await pageStarts(dataset)).length;
    for (let step = 0; step < pages && found.length < limit; step++) {
      const rows = await candidates(dataset, order === 'newest' ? pages - 1 - step : step, waits);
      found.push(...(order === 'newest' ? rows.reverse() : rows));
    }
  }
  return found.slice(0, limit);
}

/** A seeded sample over all data sets: pages in a shuffled order, an even share of rows from each. */
async function sample(datasets: Dataset[], count: number, wanted: (row: PageRow) => boolean): Promise<Candidate[]> {
  const pages: { dataset: Dataset; page: number }[] = [];
  for (const dataset of datasets) (await pageStarts(dataset)).forEach((_, page) => pages.push({ dataset, page }));
  const random = new Rng(pages.length);
  random.shuffle(pages);
  const share = Math.ceil((2 * count) / Math.max(1, Math.min(pages.length, samplePages)));
  const found: Candidate[] = [];
  const spare: Candidate[] = [];
  for (const [read, { dataset, page }] of pages.entries()) {
    if (found.length >= count || (read >= samplePages && found.length + spare.length >= count)) break;
    const rows = random.shuffle(await candidates(dataset, page, wanted));
    found.push(...rows.slice(0, share));
    spare.push(...rows.slice(share));
  }
  return random.shuffle(found.concat(spare.slice(0, Math.max(0, count - found.length)))).slice(0, count);
}

async function candidates(dataset: Dataset, page: number, wanted: (row: PageRow) => boolean): Promise<Candidate[]> {
  const { view, rows } = await rowsOfPage(dataset, page);
  return rows.filter(wanted).flatMap((row) => {
    const text = textAt(dataset, view, row.index);
    if (text.trim() === '') return [];
    return [{ rowId: rowIdOf(dataset.rootId, row.ordinal), datasetId: dataset.id, text, labels: row.inForce.labels }];
  });
}

/** The same rows with what the model says, or without where it does not answer in time. */
async function inTime(asked: Promise<(Prediction | undefined)[] | null>, rows: Candidate[]): Promise<QueueItem[]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), suggestionPatienceMs);
  });
  const answers = await Promise.race([asked.catch(() => null), late]);
  clearTimeout(timer);
  return answers ? rows.map((row, index) => withSuggestion(row, answers[index])) : rows;
}

function withSuggestion(row: QueueItem, answer: Prediction | undefined): QueueItem {
  if (!answer) return row;
  const { label, confidence, scores } = answer;
  return { ...row, suggestion: { label, confidence, scores: scores.slice(0, 5) } };
}

/** Most doubtful first; for disagreement, rows labelled otherwise than the model would, surest first. */
function byDoubt(order: QueueOrder, rows: Candidate[], answers: (Prediction | undefined)[]): QueueItem[] {
  const scored = rows.flatMap((row, index) => {
    const answer = answers[index];
    if (!answer || (order === 'disagreement' && row.labels.includes(answer.label))) return [];
    return [{ row, answer, doubt: doubt(order, answer) }];
  });
  scored.sort((a, b) => b.doubt - a.doubt || (a.row.rowId < b.row.rowId ? -1 : 1));
  return scored.map(({ row, answer }) => withSuggestion(row, answer));
}
