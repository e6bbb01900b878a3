// Runs as scripts and screens see them. How a run lives is in run-life.ts, how its recipe is filled in
// run-recipe.ts; the worker writes runs, curves and models itself.
import { AbortError, RecipeError } from '../contract/errors';
import type { TrainEvent } from '../contract/events';
import type { FrozenSplit, Split } from '../contract/records';
import type { StudioApi } from '../contract/studio';
import { listCheckpoints } from '../storage/checkpoints';
import { findDataset } from '../storage/datasets';
import { getFrozenSplit } from '../storage/frozen-splits';
import { readLabelledRows } from '../storage/labelled-rows';
import { listRunEvents } from '../storage/run-events';
import { settleInterrupted } from '../storage/run-liveness';
import { hide, unhide } from '../storage/hidden';
import { getRun, listRuns, purgeRun, updateRun } from '../storage/runs';
import { compareRuns } from './compare';
import type { StudioContext } from './context';
import { schedulePurge } from './purge';
import { runReport } from './report';
import { begin, goOn, runsOf, stopUnderWay } from './run-life';
import { completeRecipe } from './run-recipe';

export { resumeInterrupted } from './run-life';

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
      const stop = (): void => void stopUnderWay(context, run.id, false).catch(() => undefined);
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
  let settling: Promise<unknown> | null = null;
  /** Runs that a closed or killed tab left are marked as cut off before anybody reads how they stand. */
  const settled = (): Promise<unknown> => {
    settling ??= settleInterrupted(undefined, runsOf(context)).catch((error: unknown) => {
      settling = null;
      throw error;
    });
    return settling;
  };
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
      if (runsOf(context).has(id)) return stopUnderWay(context, id, keep);
      if (run.status === 'finished' || run.status === 'stopped' || run.status === 'failed') return;
      if (keep) {
        await goOn(context, id);
        return stopUnderWay(context, id, keep);
      }
      await updateRun(id, { status: 'stopped', finishedAt: Date.now() });
    },
    async list(projectId) {
      await settled();
      return listRuns(projectId);
    },
    async get(id) {
      await settled();
      return getRun(id);
    },
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
      await hide('runs', run, purgeRun);
      schedulePurge();
    },
    restoreRemoved: (id) => unhide('runs', id),
    examples: (id, split) => examplesOf(id, split),
    async checkpoints(id) {
      await getRun(id);
      return listCheckpoints(id);
    },
    compare: (ids) => compareRuns(context, ids),
    report: (id, format) => runReport(id, format),
    async check(projectId, recipe) {
      return (await completeRecipe(context, projectId, recipe)).recipe;
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
