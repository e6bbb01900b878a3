// Comparing runs, or models, on the same rows. The first one given is the baseline.
import { NotEnoughSamplesError, RecipeError } from '../contract/errors';
import type { Model, Run, Split } from '../contract/records';
import type { RunComparison } from '../contract/studio';
import { classification } from '../lib/metrics/figures';
import { recipeDiff } from '../lib/recipe-diff';
import { getDataset } from '../storage/datasets';
import { findFrozenSplit } from '../storage/frozen-splits';
import { getModel, listModels } from '../storage/models';
import { getRun } from '../storage/runs';
import { verdicts } from './compare-advice';
import { compareWhole } from './compare-whole';
import { compareContenders, type Contender, type SharedRows } from './compare-figures';
import { fewestCommonRows, measuredOn, rowsInCommon, sharedRows } from './compare-rows';
import type { StudioContext } from './context';
import { heldBackRows } from './gate';
import { rowsOfDataset } from './model-input';

const most = 6;

function checkedIds(ids: unknown, what: string): string[] {
  if (!Array.isArray(ids) || !ids.every((id): id is string => typeof id === 'string'))
    throw new RecipeError(`A comparison takes a list of ${what} ids.`);
  const distinct = [...new Set(ids)];
  if (distinct.length < 2 || distinct.length > most)
    throw new RecipeError(`A comparison takes 2 to ${most} different ${what}s, not ${distinct.length}.`);
  return distinct;
}

/**
 * Runs against the first of them, on the rows that all of them held back. A run that has no answers yet is
 * listed without figures. NotFoundError where a run is not there.
 */
export async function compareRuns(context: StudioContext, ids: string[]): Promise<RunComparison> {
  const runs = await Promise.all(checkedIds(ids, 'run').map(getRun));
  const [first] = runs;
  const evaluated = runs.filter((run) => run.metrics.test ?? run.metrics.validation);
  if (evaluated.length > 0 && evaluated.every((run) => !classification(run.metrics.test ?? run.metrics.validation)))
    return compareWhole(runs);
  const names = runs.map((run) => run.name);
  const multiLabel = runs.some(
    (run) => classification(run.metrics.test ?? run.metrics.validation)?.hammingLoss !== undefined,
  );
  const notes = runs
    .filter((run) => !evaluated.includes(run))
    .map((run) => `${run.name} has no evaluation (it is ${run.status}), so it is listed without figures.`);
  const common = await rowsInCommon(evaluated);
  const firstRows = first ? await heldBackRows(first.id) : null;
  let split: Split | 'none' = common.split;
  let rows: SharedRows;
  let contenders: Contender[];
  if (common.rowIds.length < fewestCommonRows && firstRows && firstRows.frozen.rowIds.length > common.rowIds.length) {
    const { frozen } = firstRows;
    split = firstRows.split;
    rows = { rowIds: frozen.rowIds, texts: frozen.texts, actual: namesOf(frozen), multiLabel };
    contenders = await Promise.all(runs.map((run) => contenderAsked(context, run, rows)));
    notes.push(
      `The runs held back fewer than ${fewestCommonRows} rows in common, so all were asked about the ${split} rows of ${first!.name}.`,
      ...(await trainedOn(
        runs.map((run) => ({ runId: run.id, name: run.name })),
        rows.rowIds,
      )),
    );
  } else {
    const shared = common.held.length > 0 ? sharedRows(common, multiLabel) : null;
    rows = shared?.rows ?? { rowIds: [], texts: [], actual: [], multiLabel };
    if (shared && shared.relabelled > 0)
      notes.push(
        `${shared.relabelled.toLocaleString('en-GB')} of these rows were relabelled between the runs; the labels as ${common.held[0]!.run.name} froze them are used.`,
      );
    if (common.edited > 0)
      notes.push(
        `${common.edited.toLocaleString('en-GB')} ${common.edited === 1 ? 'row was' : 'rows were'} left out: the text was edited between the runs.`,
      );
    if (split === 'validation' || split === 'none')
      notes.push(
        'Validation rows are among those compared; they chose the best step of a run, so they flatter it a little.',
      );
    contenders = runs.map((run) => contenderHeld(run, common, rows));
  }
  const { runs: compared, answers } = await compareContenders(rows, contenders);
  return {
    baseline: first!.id,
    split,
    rows: rows.rowIds.length,
    runs: compared,
    configDiff: withData(recipeDiff(runs.map((run) => run.recipe)), runs),
    answers,
    advice: [...verdicts(compared, names, rows.rowIds.length), ...notes],
  };
}

/** Models against the first of them, on the labelled rows of a data set (of one split where named). */
export async function compareModels(
  context: StudioContext,
  ids: string[],
  options: { datasetId: string; split?: Split },
): Promise<RunComparison> {
  const models = await Promise.all(checkedIds(ids, 'model').map(getModel));
  const first = models[0]!;
  const judged = await rowsOfDataset(await getDataset(options.datasetId), options.split, first);
  const multiLabel = models.some((model) => model.multiLabel);
  const rows: SharedRows = { ...judged, multiLabel };
  const contenders: Contender[] = [];
  for (const model of models) contenders.push(await asked(context, model, model.runId ?? model.id, model.name, rows));
  const { runs, answers } = await compareContenders(rows, contenders);
  const trained = models.flatMap((model) => (model.runId === null ? [] : [{ runId: model.runId, name: model.name }]));
  return {
    baseline: runs[0]!.runId,
    split: options.split ?? 'none',
    rows: rows.rowIds.length,
    runs,
    configDiff: recipeDiff(models.map((model) => model.recipe)),
    answers,
    advice: [
      ...verdicts(
        runs,
        models.map((model) => model.name),
        rows.rowIds.length,
      ),
      ...(await trainedOn(trained, rows.rowIds)),
    ],
  };
}

function contenderHeld(run: Run, common: Awaited<ReturnType<typeof rowsInCommon>>, rows: SharedRows): Contender {
  const held = common.held.find((one) => one.run.id === run.id);
  const own = held && rows.rowIds.map((rowId) => held.rows.get(rowId)!);
  return {
    runId: run.id,
    modelId: run.modelId,
    name: run.name,
    labels: held?.labels ?? [],
    answers: own ? { predicted: own.map((row) => row.predicted), confidence: own.map((row) => row.confidence) } : null,
    measured: held ? measuredOn(held, rows) : null,
  };
}

async function contenderAsked(context: StudioContext, run: Run, rows: SharedRows): Promise<Contender> {
  const model =
    run.modelId === null ? undefined : (await listModels(run.projectId)).find((one) => one.id === run.modelId);
  if (!model) return { runId: run.id, modelId: run.modelId, name: run.name, labels: [], answers: null, measured: null };
  return asked(context, model, run.id, run.name, rows);
}

async function asked(
  context: StudioContext,
  model: Model,
  runId: string,
  name: string,
  rows: SharedRows,
): Promise<Contender> {
  const { predicted, confidence, ...measured } = await context.trainer.evaluate(model.id, {
    rowIds: [...rows.rowIds],
    texts: [...rows.texts],
    actual: rows.actual.map((row) => [...row]),
  });
  if (predicted.length !== rows.rowIds.length)
    throw new NotEnoughSamplesError(`${name} answered ${predicted.length} of ${rows.rowIds.length} rows.`);
  return { runId, modelId: model.id, name, labels: model.labels, answers: { predicted, confidence }, measured };
}

function namesOf(frozen: { labels: string[]; actual: number[][] }): string[][] {
  return frozen.actual.map((row) => row.map((label) => frozen.labels[label]!));
}

/** Names who learned from these rows: their figures say less. */
async function trainedOn(
  runs: readonly { runId: string; name: string }[],
  rowIds: readonly string[],
): Promise<string[]> {
  const notes: string[] = [];
  for (const { runId, name } of runs) {
    const train = await findFrozenSplit(runId, 'train');
    const ids = new Set(train?.rowIds ?? []);
    const seen = rowIds.filter((rowId) => ids.has(rowId)).length;
    if (seen > 0)
      notes.push(`${name} was trained on ${seen.toLocaleString('en-GB')} of these rows, so its figure may flatter it.`);
  }
  return notes;
}

/** Runs of one data set may still have seen other labels: then the hash says so. */
function withData(diff: Record<string, unknown[]>, runs: readonly Run[]): Record<string, unknown[]> {
  const hashes = runs.map((run) => run.datasetHash);
  if (Object.hasOwn(diff, 'dataset') || new Set(hashes).size === 1) return diff;
  return { ...diff, datasetHash: hashes };
}
