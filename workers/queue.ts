// Runs one after another. A pause ends the sitting at a checkpoint and frees the worker for the next run; the
// caller's promise waits on until the run ends, also over pauses.
import { DeviceError, isStudioError, NotFoundError } from '../src/contract/errors';
import type { StepProfile } from '../src/contract/engine';
import type { TrainEvent } from '../src/contract/events';
import type { BackendChoice, Run } from '../src/contract/records';
import { holdRun } from '../src/storage/run-liveness';
import { getRun, updateRun } from '../src/storage/runs';
import { RunReporter } from './report';
import { sit, type RunControl, type SittingHost } from './sitting';

/** A step that long is not one of many small ones, so its profile is given up. */
const profilePatienceMs = 10_000;

interface Entry {
  runId: string;
  choice: BackendChoice;
  emit: (event: TrainEvent) => void;
  control: RunControl;
  waiting: boolean;
  /** A sitting works on it now. */
  sitting: boolean;
  settle: { resolve: (run: Run) => void; reject: (error: unknown) => void };
  ended: Promise<Run>;
}

const freshControl = (): RunControl => ({ asked: null, abort: new AbortController(), profile: null });

export class RunQueue {
  private readonly entries = new Map<string, Entry>();
  private line: Promise<void>;

  /** The first sitting begins after `ready`; runs can be added, paused and stopped before. */
  constructor(
    private readonly host: SittingHost,
    ready: Promise<void> = Promise.resolve(),
  ) {
    this.line = ready;
  }

  /** Resolves when the run has ended (finished or stopped); rejects with its error where it failed. */
  add(runId: string, choice: BackendChoice, emit: (event: TrainEvent) => void): Promise<Run> {
    const known = this.entries.get(runId);
    if (known) return known.ended;
    let settle: Entry['settle'] | undefined;
    const ended = new Promise<Run>((resolve, reject) => (settle = { resolve, reject }));
    const entry: Entry = {
      runId,
      choice,
      emit,
      control: freshControl(),
      waiting: true,
      sitting: false,
      settle: settle!,
      ended,
    };
    this.entries.set(runId, entry);
    this.enqueue(entry);
    return ended;
  }

  /** Asks the run to pause at its next step; a waiting one pauses at once. */
  async pause(runId: string): Promise<void> {
    const entry = this.entryOf(runId);
    entry.control.asked ??= 'pause';
    if (entry.waiting) await this.tell(entry, await updateRun(runId, { status: 'paused' }));
  }

  async resume(runId: string): Promise<void> {
    const run = await getRun(runId);
    const entry = this.entryOf(runId);
    if (entry.control.asked === 'pause' && (entry.waiting || run.status === 'running')) {
      entry.control.asked = null;
      if (entry.waiting) await this.tell(entry, await updateRun(runId, { status: 'queued' }));
      return;
    }
    if (run.status !== 'paused') return;
    entry.control = freshControl();
    await this.tell(entry, await updateRun(runId, { status: 'queued' }));
    this.enqueue(entry);
  }

  async stop(runId: string, keep: boolean): Promise<void> {
    const entry = this.entryOf(runId);
    // What has done nothing yet, or is to leave nothing, need not wait for the runs before it.
    if (entry.waiting && (!keep || (await getRun(runId)).steps === 0) && entry.waiting) {
      entry.waiting = false;
      this.end(entry, await updateRun(runId, { status: 'stopped', finishedAt: Date.now() }));
      return;
    }
    const idle = entry.control.asked === 'pause' && !entry.waiting && (await getRun(runId)).status === 'paused';
    entry.control.asked = keep ? 'stop-and-keep' : 'stop';
    if (!keep) entry.control.abort.abort();
    if (idle) this.enqueue(entry);
  }

  /** A run trains now, or is about to. */
  busy(): boolean {
    return [...this.entries.values()].some((entry) => entry.sitting || (entry.waiting && !askedToPause(entry.control)));
  }

  /** The profile of the run's next step; null where it does not train now, or its steps cannot be timed. */
  profileNext(runId: string): Promise<StepProfile | null> {
    const entry = this.entries.get(runId);
    if (!entry?.sitting) return Promise.resolve(null);
    return new Promise((resolve) => {
      const { control } = entry;
      const timer = setTimeout(() => end(null), profilePatienceMs);
      const end = (profile: StepProfile | null): void => {
        clearTimeout(timer);
        control.profile = null;
        resolve(profile);
      };
      control.profile = end;
    });
  }

  private entryOf(runId: string): Entry {
    const entry = this.entries.get(runId);
    if (entry) return entry;
    throw new NotFoundError(`Run "${runId}" is not under way here. It may have ended, or run in another tab.`);
  }

  private enqueue(entry: Entry): void {
    entry.waiting = true;
    this.line = this.line.then(() => this.take(entry));
  }

  private async tell(entry: Entry, run: Run): Promise<void> {
    entry.emit({ type: 'status', runId: run.id, step: run.steps, run });
  }

  /** One sitting. Never rejects: what goes wrong belongs to the entry. */
  private async take(entry: Entry): Promise<void> {
    if (!entry.waiting || askedToPause(entry.control)) {
      entry.waiting = false;
      return;
    }
    entry.waiting = false;
    const { runId } = entry;
    let release: () => void = () => undefined;
    let reporter: RunReporter | null = null;
    entry.sitting = true;
    try {
      release = await holdRun(runId);
      reporter = await RunReporter.open(runId, entry.emit);
      if (entry.control.asked === 'stop') {
        this.end(entry, await updateRun(runId, { status: 'stopped', finishedAt: Date.now() }));
        return;
      }
      const run = await sit(this.host, runId, entry.choice, entry.control, reporter);
      await reporter.flush();
      if (run.status === 'paused') {
        reporter.status(run);
        if (!askedToPause(entry.control)) this.enqueue(entry);
      } else this.end(entry, run);
    } catch (error) {
      await this.fail(entry, error, reporter);
    } finally {
      entry.sitting = false;
      release();
    }
  }

  private end(entry: Entry, run: Run): void {
    this.entries.delete(entry.runId);
    entry.emit({ type: 'status', runId: run.id, step: run.steps, run });
    entry.settle.resolve(run);
  }

  private async fail(entry: Entry, error: unknown, reporter: RunReporter | null): Promise<void> {
    this.entries.delete(entry.runId);
    const named = nameFailure(error);
    // A stop asked for ends long steps by their signal: that is no failure.
    const stopped = named.name === 'AbortError' && entry.control.asked === 'stop';
    try {
      await reporter?.flush();
      const run = await updateRun(entry.runId, {
        status: stopped ? 'stopped' : cutOff(named) ? 'interrupted' : 'failed',
        finishedAt: cutOff(named) ? null : Date.now(),
        ...(stopped ? {} : { error: { name: named.name, message: named.message } }),
      });
      entry.emit({ type: 'status', runId: run.id, step: run.steps, run });
      if (stopped) {
        entry.settle.resolve(run);
        return;
      }
    } catch {
      // The store refused as well (full, removed): the first error is the one to show.
    }
    entry.settle.reject(named);
  }
}

/** Read anew each time: it changes while a sitting is awaited. */
function askedToPause(control: RunControl): boolean {
  return control.asked === 'pause';
}

/** Nothing is wrong with the recipe: the run can go on from its checkpoint once device or disk answer again. */
function cutOff(error: Error): boolean {
  return error.name === 'DeviceError' || error.name === 'StorageError';
}

function nameFailure(error: unknown): Error {
  if (isStudioError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DeviceError(
    `The run broke off: ${reason}. Its last checkpoint is kept: resume it, or choose another backend in Settings.`,
    { cause: error },
  );
}
