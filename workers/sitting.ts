// One sitting of a run: from its start, or its last checkpoint, to its end, a pause or a stop. Stores what the
// loop yields. Which run comes when is the queue's business (queue.ts).
import { DatasetError, NotFoundError } from '../src/contract/errors';
import type { StepProfile } from '../src/contract/engine';
import type { BackendChoice, Run } from '../src/contract/records';
import { latestCheckpoint } from '../src/storage/checkpoints';
import { findDataset } from '../src/storage/datasets';
import { getProject } from '../src/storage/projects';
import { dropRunEventsAfter } from '../src/storage/run-events';
import { getRun, updateRun } from '../src/storage/runs';
import type { StepOptions, Trainer, Validation } from '../src/tasks/task';
import type { Backends } from './backends/start';
import type { StartedBackend } from './backends/types';
import { baseOfRun } from './bases/run-base';
import { finishRun } from './finish';
import { freshLoop, trainLoop, type LoopOutcome, type LoopState } from './loop';
import { CheckpointKeeper } from './keep';
import type { Predictors } from './predictors';
import type { RunReporter } from './report';
import { slowdownMessage, SlowdownWatch } from './slowdown';
import type { KnownTask, TaskTable } from './task-table';

/** What someone asked of the run while it works. */
export interface RunControl {
  asked: 'pause' | 'stop' | 'stop-and-keep' | null;
  abort: AbortController;
  /** Who wants the profile of the next step; null when nobody does. */
  profile: ((profile: StepProfile) => void) | null;
}

export interface SittingHost {
  tasks: TaskTable;
  backends: Backends;
  predictors: Predictors;
  build: string;
}

/**
 * Works on the run and gives it as it is stored afterwards: finished, stopped or paused. Rejects where it
 * failed; the caller stores that.
 */
export async function sit(
  host: SittingHost,
  runId: string,
  choice: BackendChoice,
  control: RunControl,
  reporter: RunReporter,
): Promise<Run> {
  const run = await getRun(runId);
  const { training } = host.tasks.get(run.task);
  if (!training.usesBackend) return sitOn(host, run, null, control, reporter);
  // A resumed run stays on the backend it began with, since another one rounds otherwise, unless one was chosen
  // by hand: that is the way out when a device is gone.
  const wanted = choice === 'auto' ? (run.backend ?? choice) : choice;
  return host.backends.startTrusted(wanted, (started) => sitOn(host, run, started, control, reporter), run.tuning);
}

async function sitOn(
  host: SittingHost,
  before: Run,
  started: StartedBackend | null,
  control: RunControl,
  reporter: RunReporter,
): Promise<Run> {
  const { id: runId } = before;
  const task = host.tasks.get(before.task);
  const { training, rows } = task;
  const began = performance.now();
  const seconds = (): number => before.seconds + (performance.now() - began) / 1000;
  const report = (phase: string, fraction: number | null): void =>
    reporter.progress(
      {
        phase,
        step: Math.round((fraction ?? 0) * 100),
        totalSteps: fraction === null ? 0 : 100,
        examplesPerSecond: null,
        secondsLeft: null,
      },
      fraction === null,
    );
  report('reading the rows', null);
  const base = await baseOfRun(before);
  const moved = started && otherDevice(before, started);
  if (moved) reporter.note(before.steps, moved);
  let run = await updateRun(runId, {
    status: 'running',
    startedAt: before.startedAt ?? Date.now(),
    backend: started?.backend ?? null,
    adapter: started?.adapter ?? '',
    threads: started?.threads ?? 1,
    build: host.build,
    ...(started ? { tuning: started.tuning } : {}),
    ...(base ? { base } : {}),
  });
  reporter.status(run);
  const data = await rowsOf(run, task, reporter);
  run = await updateRun(runId, {
    datasetHash: await rows.hash(data),
    splitRows: rows.counts(data),
  });
  const trainer = await training.prepare({
    config: run.recipe.config,
    seed: run.seed,
    data,
    backend: started?.backend ?? 'cpu',
    device: started?.device ?? null,
    tuning: started?.tuning ?? null,
    signal: control.abort.signal,
    report,
    note: (message) => reporter.note(run.steps, message),
  });
  const keeper = new CheckpointKeeper(runId, async (kind, step, message) => {
    reporter.point(kind, step, {}, message);
    await reporter.flush();
  });
  const device = host.backends.watch(started?.backend ?? 'cpu');
  try {
    const from = await restore(run, trainer, reporter);
    run = await updateRun(runId, { totalSteps: trainer.totalSteps, threads: trainer.threads ?? run.threads });
    reporter.status(run);
    const outcome = await work({
      ...{ run, trainer, control, reporter, keeper, from, seconds },
      evaluate: rows.validation(data, trainer),
      failed: device.failed,
    });
    const { loop } = outcome;
    run = await updateRun(runId, { steps: loop.step, seconds: seconds(), bestStep: loop.best?.step ?? null });
    // Null: taken back after the loop had ended for it; the queue then starts the next sitting.
    if (outcome.reason === 'asked' && (control.asked === 'pause' || control.asked === null)) {
      reporter.note(loop.step, `Paused at step ${loop.step}`);
      return await updateRun(runId, { status: 'paused' });
    }
    const keep = outcome.reason !== 'asked' || (control.asked === 'stop-and-keep' && loop.step > 0);
    if (!keep) {
      reporter.note(loop.step, `Stopped at step ${loop.step}; nothing was kept as a model`);
      return await updateRun(runId, { status: 'stopped', finishedAt: Date.now() });
    }
    if (outcome.reason === 'stopped-early')
      reporter.note(loop.step, `Stopped early: no better for ${loop.waited} evaluations`);
    const status = outcome.reason === 'asked' ? 'stopped' : 'finished';
    return await finishRun({
      ...{ host, run, task, trainer, data, loop, status, seconds, reporter, keeper },
      device: started?.device ?? null,
    });
  } finally {
    device.leave();
    trainer.dispose();
  }
}

/** What to say of a run that goes on elsewhere than it trained so far; null where it stays. */
function otherDevice(before: Run, started: StartedBackend): string | null {
  if (!before.backend) return null;
  const [now, then] =
    started.backend === before.backend ? [started.adapter, before.adapter] : [started.backend, before.backend];
  return now === then ? null : `Goes on with ${now}; it began with ${then}, so the last digits may differ`;
}

async function rowsOf(run: Run, { spec, rows }: KnownTask, reporter: RunReporter): Promise<unknown> {
  const dataset = await findDataset(run.recipe.dataset);
  if (!dataset)
    throw new DatasetError(
      `The data set of this run ("${run.recipe.dataset}") was removed. Start a run on one that is there.`,
    );
  const earlier = await rows.thaw(run, dataset);
  if (earlier !== null) return earlier;
  const { data, notes } = await rows.read(run.recipe, spec, dataset, await getProject(run.projectId));
  await rows.store(run, data);
  for (const note of notes) reporter.note(0, note);
  return data;
}

async function restore(run: Run, trainer: Trainer, reporter: RunReporter): Promise<LoopState | null> {
  const last = await latestCheckpoint(run.id).catch((error: unknown) => {
    if (error instanceof NotFoundError) return null;
    throw error;
  });
  await dropRunEventsAfter(run.id, last?.checkpoint.step ?? 0);
  if (!last) return null;
  const loop = last.state.meta['loop'] as LoopState;
  await trainer.restore(last.state.tensors, loop.step, last.state.meta['pins'] as Record<string, unknown> | undefined);
  reporter.note(loop.step, `Resumed from the checkpoint at step ${loop.step}`);
  return loop;
}

interface Work {
  run: Run;
  trainer: Trainer;
  evaluate: Validation | null;
  control: RunControl;
  reporter: RunReporter;
  keeper: CheckpointKeeper;
  from: LoopState | null;
  seconds: () => number;
  /** Rejects when the device is gone. */
  failed: Promise<never>;
}

async function work(what: Work): Promise<LoopOutcome> {
  const { run, trainer, control, reporter, keeper, from, seconds } = what;
  const firstStep = from?.step ?? freshLoop().step;
  const began = performance.now();
  let step = firstStep;
  const steps = trainLoop({
    trainer,
    ...(from ? { from } : {}),
    evaluate: what.evaluate,
    asked: () => control.asked !== null,
    stepOptions: () => profiled(control, run, step),
  });
  const slowdown = new SlowdownWatch();
  let stored = performance.now();
  for (;;) {
    const asked = performance.now();
    const next = await Promise.race([steps.next(), what.failed]);
    if (next.done) return next.value;
    const event = next.value;
    step = event.step;
    const rate = (event.step - firstStep) / ((performance.now() - began) / 1000);
    const examplesPerSecond = rate * trainer.examplesPerStep;
    switch (event.kind) {
      case 'step': {
        const slowed = slowdown.step(performance.now() - asked);
        if (slowed) {
          const message = slowdownMessage(slowed);
          reporter.note(event.step, message);
          reporter.device(event.step, run, message);
        }
        reporter.progress({
          phase: 'training',
          step: event.step,
          totalSteps: trainer.totalSteps,
          examplesPerSecond,
          secondsLeft: (trainer.totalSteps - event.step) / rate,
        });
        if (performance.now() - stored > 2000) {
          stored = performance.now();
          await updateRun(run.id, { steps: event.step, seconds: seconds() }, { quiet: true });
        }
        break;
      }
      case 'log':
        reporter.point('log', event.step, { ...event.values, examplesPerSecond });
        break;
      case 'evaluation':
        reporter.evaluation(event.step, event.values, what.evaluate?.labelF1?.());
        break;
      case 'checkpoint':
        if (await keeper.offer(event, control.asked !== null)) {
          const bestStep = event.loop.best?.step ?? null;
          await updateRun(run.id, { steps: event.step, seconds: seconds(), bestStep }, { quiet: true });
        }
        break;
      default:
        event satisfies never;
    }
  }
}

function profiled(control: RunControl, run: Run, step: number): StepOptions {
  const { profile } = control;
  if (!profile) return {};
  const { backend, adapter } = run;
  return { onProfile: (found) => profile({ ...found, backend: backend ?? 'cpu', adapter, step }) };
}
