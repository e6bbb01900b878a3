// The life of runs in this tab: begun, handed to the worker, taken up again after a pause, a lost device or a
// reload. The worker writes how a run goes; this file writes only what the worker cannot, when it is dead.
import { RecipeError } from '../contract/errors';
import type { TrainEvent } from '../contract/events';
import type { BackendChoice, Run } from '../contract/records';
import type { RecipeInput } from '../contract/studio';
import { draftRun } from '../storage/run-draft';
import { holdRun, settleInterrupted } from '../storage/run-liveness';
import { addRun, findRun, getRun, listAllRuns, listRuns, putRun, updateRun } from '../storage/runs';
import { getSettings } from '../storage/settings';
import type { StudioContext } from './context';
import { completeRecipe } from './run-recipe';

/** Runs under way in this tab, by id, with the promise of their end. One table for all parts of a facade. */
const underWay = new WeakMap<StudioContext, Map<string, Promise<Run>>>();

export function runsOf(context: StudioContext): Map<string, Promise<Run>> {
  const known = underWay.get(context) ?? new Map<string, Promise<Run>>();
  underWay.set(context, known);
  return known;
}

/** Stores the run and hands it to the worker. The promise of its end is kept in the table. */
export async function begin(context: StudioContext, projectId: string, input: RecipeInput): Promise<Run> {
  await context.requireWriter(projectId);
  const { recipe, changed, base } = await completeRecipe(context, projectId, input);
  const draft = { ...draftRun(projectId, recipe, changed), ...(base ? { base } : {}) };
  // Held before it is stored: another tab must not take a run that is about to begin for one cut off.
  const release = await holdRun(draft.id);
  try {
    const run = await addRun(draft, input.name);
    await launch(context, run);
    return run;
  } finally {
    release();
  }
}

/**
 * Gives a stored run to the worker. Resolves once the worker was asked, so that a stop or pause sent next comes
 * after it; the run's end is in the table.
 */
async function launch(context: StudioContext, run: Run): Promise<void> {
  const { backend } = await getSettings();
  const release = await holdRun(run.id);
  const table = runsOf(context);
  const ended = untilEnd(context, run, backend).finally(() => {
    table.delete(run.id);
    missedStops(context).delete(run.id);
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
async function untilEnd(context: StudioContext, first: Run, choice: BackendChoice): Promise<Run> {
  const emit = (event: TrainEvent): void => context.trainEvents.emit(event);
  let run = first;
  let backend = choice;
  for (let reached = -1; ; reached = run.steps) {
    emit({ type: 'status', runId: run.id, step: run.steps, run });
    try {
      const ended = context.trainer.run(run.id, backend, emit);
      const missed = takeMissedStop(context, run.id);
      if (missed) context.trainer.stop(run.id, missed).catch(() => undefined);
      return await ended;
    } catch (error) {
      const cut = await settleLost(context, run.id, error);
      const lost = error instanceof Error && error.name === 'DeviceError';
      if (lost && cut?.status === 'interrupted' && missedStops(context).get(run.id)?.keep === false)
        return stopHere(context, await requeue(cut));
      if (!lost || cut?.status !== 'interrupted' || cut.steps <= reached) throw error;
      run = await requeue(cut);
      ({ backend } = await getSettings());
    }
  }
}

/** Stops that met a worker which did not know the run, since the one before was lost; kept for the next attempt. */
const stopsMissed = new WeakMap<StudioContext, Map<string, { keep: boolean }>>();

function missedStops(context: StudioContext): Map<string, { keep: boolean }> {
  const known = stopsMissed.get(context) ?? new Map<string, { keep: boolean }>();
  stopsMissed.set(context, known);
  return known;
}

function takeMissedStop(context: StudioContext, runId: string): { keep: boolean } | undefined {
  const missed = missedStops(context).get(runId);
  missedStops(context).delete(runId);
  return missed;
}

/** Stops a run that is under way here, also while its worker was just lost. */
export async function stopUnderWay(context: StudioContext, runId: string, keep: boolean): Promise<void> {
  try {
    await context.trainer.stop(runId, { keep });
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name !== 'NotFoundError' && name !== 'DeviceError') throw error;
    if (runsOf(context).has(runId)) missedStops(context).set(runId, { keep });
  }
}

/** For a run that no worker holds. */
async function stopHere(context: StudioContext, run: Run): Promise<Run> {
  const stopped = await updateRun(run.id, { status: 'stopped', finishedAt: Date.now() });
  context.trainEvents.emit({ type: 'status', runId: run.id, step: stopped.steps, run: stopped });
  return stopped;
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

export function goOn(context: StudioContext, id: string): Promise<void> {
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
    // A worker that does not know a run of the table will be given it in a moment: it is being taken up already.
    await context.trainer.resume(id).catch((error: unknown) => {
      if (!(error instanceof Error && error.name === 'NotFoundError')) throw error;
    });
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

/**
 * Goes on with every run that was cut off, where the settings say so; `of`: with this project's only. A project
 * another tab writes is left.
 */
export async function resumeInterrupted(context: StudioContext, of?: string): Promise<void> {
  if (!(await getSettings()).resumeInterrupted) return;
  for (const run of of === undefined ? await listAllRuns() : await listRuns(of))
    if (run.status === 'interrupted') await goOn(context, run.id).catch(() => undefined);
}

/** A closed tab's worker lets go of its run a moment after the page let go of the project. */
const lateReleasesMs = [1000, 4000];

/** For a project that this tab has just taken over: the runs its last tab left are cut off, and may go on here. */
export async function takeOverRuns(context: StudioContext, projectId: string): Promise<void> {
  await settleInterrupted(projectId, runsOf(context));
  await resumeInterrupted(context, projectId);
  for (const ms of lateReleasesMs) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    const cut = await settleInterrupted(projectId, runsOf(context));
    if (cut.length > 0) await resumeInterrupted(context, projectId);
  }
}
