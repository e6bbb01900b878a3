// Runs as scripts and screens see them: recipes filled and checked, runs started, followed and ended. The worker
// writes the runs themselves; this file writes only what a user does to their records.
import { AbortError, DatasetError, NotFoundError, RecipeError } from '../contract/errors';
import type { TrainEvent } from '../contract/events';
import type { FrozenSplit, Recipe, Run, Split } from '../contract/records';
import type { RecipeInput, StudioApi } from '../contract/studio';
import { newId } from '../lib/ids';
import { recipeProblems, resolveRecipe } from '../lib/recipe';
import { listCheckpoints } from '../storage/checkpoints';
import { findDataset, listDatasets } from '../storage/datasets';
import { getFrozenSplit } from '../storage/frozen-splits';
import { readLabelledRows } from '../storage/labelled-rows';
import { getProject } from '../storage/projects';
import { listRunEvents } from '../storage/run-events';
import { holdRun } from '../storage/run-liveness';
import { addRun, findRun, getRun, listAllRuns, listRuns, putRun, removeRun, updateRun } from '../storage/runs';
import { getSettings } from '../storage/settings';
import { compareRuns } from './compare';
import type { StudioContext } from './context';
import { runReport } from './report';

/** Runs under way in this tab, by id, with the promise of their end. One table for `train` and `runs`. */
const underWay = new WeakMap<StudioContext, Map<string, Promise<Run>>>();

function runsOf(context: StudioContext): Map<string, Promise<Run>> {
  const known = underWay.get(context) ?? new Map<string, Promise<Run>>();
  underWay.set(context, known);
  return known;
}

/** Fills and checks a recipe. RecipeError names every wrong setting; nothing is stored. */
async function complete(
  context: StudioContext,
  projectId: string,
  input: RecipeInput,
): Promise<{ recipe: Recipe; changed: string[] }> {
  const project = await getProject(projectId);
  const task = input.task ?? project.task;
  const spec = context.tasks.get(task);
  if (!spec)
    throw new RecipeError(`There is no task "${task}". There are ${[...context.tasks.keys()].sort().join(', ')}.`);
  const { config, changed, problems } = resolveRecipe(spec, input);
  if (problems.length > 0) throw recipeProblems(problems);
  const dataset = input.dataset ?? project.activeDatasetId ?? (await listDatasets(projectId)).at(-1)?.id;
  if (dataset === undefined)
    throw new DatasetError(`"${project.name}" has no data yet. Drop a file on the page, or open the sample.`);
  const found = await findDataset(dataset);
  if (!found || found.projectId !== projectId)
    throw new NotFoundError(`The project "${project.name}" has no data set "${dataset}".`);
  const recipe: Recipe = { task, dataset, seed: input.seed ?? 42, config };
  if (input.extends !== undefined) recipe.extends = input.extends;
  return { recipe, changed };
}

/** Stores the run and hands it to the worker. The promise of its end is kept in the table. */
async function begin(context: StudioContext, projectId: string, input: RecipeInput): Promise<Run> {
  await context.requireWriter(projectId);
  const { recipe, changed } = await complete(context, projectId, input);
  const id = newId('run');
  const draft: Omit<Run, 'number' | 'name' | 'colour'> = {
    id,
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
  // Held before it is stored: another tab must not take a run that is about to begin for one cut off.
  const release = await holdRun(id);
  try {
    const run = await addRun(draft, input.name);
    await launch(context, run);
    return run;
  } finally {
    release();
  }
}

/** Gives a stored run to the worker. Resolves once this tab holds it; its end is in the table. */
async function launch(context: StudioContext, run: Run): Promise<void> {
  const release = await holdRun(run.id);
  const table = runsOf(context);
  const ended = untilEnd(context, run).finally(() => {
    table.delete(run.id);
    release();
  });
  table.set(run.id, ended);
  // The table's own copy must not count as an unhandled rejection when nobody waits for this run.
  ended.catch(() => undefined);
}

/**
 * The run to its end. A device or worker that is lost on the way is answered by one new attempt from the last
 * checkpoint, and by another only where the last one got further: never a loop.
 */
async function untilEnd(context: StudioContext, first: Run): Promise<Run> {
  const emit = (event: TrainEvent): void => context.trainEvents.emit(event);
  let run = first;
  for (let reached = -1; ; reached = run.steps) {
    const { backend } = await getSettings();
    emit({ type: 'status', runId: run.id, step: run.steps, run });
    try {
      return await context.trainer.run(run.id, backend, emit);
    } catch (error) {
      const cut = await settleLost(context, run.id, error);
      const lost = error instanceof Error && error.name === 'DeviceError';
      if (!lost || cut?.status !== 'interrupted' || cut.steps <= reached) throw error;
      run = await requeue(cut);
    }
  }
}

/** The worker stored how the run ended, unless it died: then the run is marked cut off here. */
async function settleLost(context: StudioContext, runId: string, error: unknown): Promise<Run | null> {
  const run = await findRun(runId);
  if (!run || (run.status !== 'running' && run.status !== 'queued')) return run;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const cut = await updateRun(runId, { status: 'interrupted', error: { name, message } });
  context.trainEvents.emit({ type: 'status', runId, step: cut.steps, run: cut });
  return cut;
}

/** Back in the queue, without the error that ended the last sitting. */
async function requeue(run: Run): Promise<Run> {
  const { error: _settled, ...rest } = run;
  const queued: Run = { ...rest, status: 'queued', finishedAt: null };
  await putRun(queued);
  return queued;
}

/** Asked twice at once (the page by itself and a script), a run goes on once. */
const goingOn = new Map<string, Promise<void>>();

function goOn(context: StudioContext, id: string): Promise<void> {
  const known = goingOn.get(id);
  if (known) return known;
  const started = takeUp(context, id).finally(() => goingOn.delete(id));
  goingOn.set(id, started);
  return started;
}

/** Goes on with a run that is paused, interrupted or failed; one that is under way is left alone. */
async function takeUp(context: StudioContext, id: string): Promise<void> {
  const run = await getRun(id);
  await context.requireWriter(run.projectId);
  if (runsOf(context).has(id)) {
    await context.trainer.resume(id);
    return;
  }
  if (run.status === 'finished' || run.status === 'stopped')
    throw new RecipeError(`${run.name} is ${run.status} and cannot go on. Start a new run with its recipe.`);
  const release = await holdRun(id);
  try {
    await launch(context, await requeue(run));
  } finally {
    release();
  }
}

/** Goes on with every run that was cut off, where the settings say so. A project another tab writes is left. */
export async function resumeInterrupted(context: StudioContext): Promise<void> {
  if (!(await getSettings()).resumeInterrupted) return;
  for (const run of await listAllRuns())
    if (run.status === 'interrupted') await goOn(context, run.id).catch(() => undefined);
}

export function createTrain(context: StudioContext): StudioApi['train'] {
  return async (projectId, recipe, options = {}) => {
    const { onEvent, signal } = options;
    if (signal?.aborted) throw new AbortError();
    const early: TrainEvent[] = [];
    let runId: string | null = null;
    const leave = onEvent
      ? context.trainEvents.subscribe((event) => {
          if (runId === null) early.push(event);
          else if (event.runId === runId) onEvent(event);
        })
      : () => undefined;
    try {
      const run = await begin(context, projectId, recipe);
      runId = run.id;
      for (const event of early) if (event.runId === runId) onEvent?.(event);
      const ended = runsOf(context).get(run.id) ?? getRun(run.id);
      const stop = (): void => void context.trainer.stop(run.id, { keep: false }).catch(() => undefined);
      signal?.addEventListener('abort', stop, { once: true });
      if (signal?.aborted) stop();
      try {
        const done = await ended;
        if (signal?.aborted && done.status === 'stopped') throw new AbortError('Stopped. Nothing was kept as a model.');
        return done;
      } finally {
        signal?.removeEventListener('abort', stop);
      }
    } finally {
      leave();
    }
  };
}

export function createRuns(context: StudioContext): StudioApi['runs'] {
  return {
    async start(projectId, recipe) {
      return { runId: (await begin(context, projectId, recipe)).id };
    },
    async pause(id) {
      const run = await getRun(id);
      await context.requireWriter(run.projectId);
      await context.trainer.pause(id);
    },
    resume: (id) => goOn(context, id),
    async stop(id, options = {}) {
      const run = await getRun(id);
      await context.requireWriter(run.projectId);
      const keep = options.keep ?? false;
      if (runsOf(context).has(id)) return context.trainer.stop(id, { keep });
      if (run.status === 'finished' || run.status === 'stopped' || run.status === 'failed') return;
      if (keep) {
        await goOn(context, id);
        return context.trainer.stop(id, { keep });
      }
      await updateRun(id, { status: 'stopped', finishedAt: Date.now() });
    },
    list: listRuns,
    get: getRun,
    async events(id) {
      await getRun(id);
      return listRunEvents(id);
    },
    async rename(id, name) {
      const run = await getRun(id);
      await context.requireWriter(run.projectId);
      const trimmed = name.trim();
      if (trimmed === '') throw new RecipeError('A run needs a name. Nothing was changed.');
      return updateRun(id, { name: trimmed.slice(0, 120) });
    },
    async remove(id) {
      const run = await getRun(id);
      await context.requireWriter(run.projectId);
      if (runsOf(context).has(id)) throw new RecipeError(`${run.name} is under way. Stop it first, then remove it.`);
      await removeRun(id);
    },
    examples: (id, split) => examplesOf(id, split),
    async checkpoints(id) {
      await getRun(id);
      return listCheckpoints(id);
    },
    compare: (ids) => compareRuns(context, ids),
    report: (id, format) => runReport(id, format),
    async check(projectId, recipe) {
      return (await complete(context, projectId, recipe)).recipe;
    },
    subscribe: (listener) => context.trainEvents.subscribe(listener),
  };
}

/** Train rows keep no texts with the run; they are read from the data set's version while that is there. */
async function examplesOf(id: string, split: Split): Promise<FrozenSplit> {
  const run = await getRun(id);
  const frozen = await getFrozenSplit(id, split);
  if (split !== 'train') return frozen;
  const dataset = await findDataset(run.recipe.dataset);
  if (!dataset) return { ...frozen, texts: frozen.rowIds.map(() => '') };
  const at = new Map(frozen.rowIds.map((rowId, i) => [rowId, i]));
  const texts = frozen.rowIds.map(() => '');
  for await (const page of readLabelledRows(dataset))
    for (const row of page) {
      const i = at.get(row.rowId);
      if (i !== undefined) texts[i] = row.text;
    }
  return { ...frozen, texts };
}
