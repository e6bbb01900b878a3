// What a run tells while it works: points of its curves, stored in batches (at most four writes a second) and
// sent up as one stream; progress at most ten times a second.
import type { RunProgress, TrainEvent } from '../src/contract/events';
import type { Run, RunEvent } from '../src/contract/records';
import { appendRunEvents, nextEventSeq } from '../src/storage/run-events';

const writeEveryMs = 250;
const progressEveryMs = 100;

export class RunReporter {
  private buffer: RunEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private writing: Promise<void> = Promise.resolve();
  private failure: unknown = null;
  private lastProgress = 0;
  private latest: Record<string, number> = {};

  private constructor(
    private readonly runId: string,
    private seq: number,
    private readonly emit: (event: TrainEvent) => void,
  ) {}

  static async open(runId: string, emit: (event: TrainEvent) => void): Promise<RunReporter> {
    return new RunReporter(runId, await nextEventSeq(runId), emit);
  }

  status(run: Run): void {
    this.emit({ type: 'status', runId: run.id, step: run.steps, run });
  }

  point(kind: RunEvent['kind'], step: number, values: Record<string, number>, message?: string): void {
    const event: RunEvent = { ...values, runId: this.runId, seq: this.seq++, step, at: Date.now(), kind };
    if (message !== undefined) event.message = message;
    this.add(event, values);
  }

  /** `labelF1`: F1 of each label, packed (lib/label-curves.ts). */
  evaluation(step: number, values: Record<string, number>, labelF1?: string): void {
    const at = { runId: this.runId, seq: this.seq++, step, at: Date.now(), kind: 'evaluation' as const };
    this.add({ ...values, ...at, ...(labelF1 ? { labelF1 } : {}) }, values);
  }

  private add(event: RunEvent, values: Record<string, number>): void {
    this.buffer.push(event);
    Object.assign(this.latest, values);
    this.timer ??= setTimeout(() => this.write(), writeEveryMs);
  }

  note(step: number, message: string): void {
    this.point('note', step, {}, message);
  }

  /** Something about the device that the page should tell at once. */
  device(step: number, { backend, adapter }: Run, message: string): void {
    this.emit({ type: 'device', runId: this.runId, step, backend: backend ?? 'cpu', adapter, message });
  }

  /** `force` for a change of phase; else dropped when the last was a moment ago. */
  progress(progress: Omit<RunProgress, 'latest'>, force = false): void {
    const now = performance.now();
    if (!force && now - this.lastProgress < progressEveryMs) return;
    this.lastProgress = now;
    const full = { ...progress, latest: { ...this.latest } };
    this.emit({ type: 'progress', runId: this.runId, step: progress.step, progress: full });
  }

  /** Resolves when all points so far are committed; rejects with StorageError where they could not be. */
  async flush(): Promise<void> {
    this.write();
    await this.writing;
    if (this.failure) {
      const failure = this.failure;
      this.failure = null;
      throw failure;
    }
  }

  private write(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const events = this.buffer;
    if (events.length === 0) return;
    this.buffer = [];
    this.writing = this.writing.then(async () => {
      try {
        await appendRunEvents(events);
        const step = events.at(-1)!.step;
        this.emit({ type: 'events', runId: this.runId, step, events });
      } catch (error) {
        this.buffer.unshift(...events);
        this.failure = error;
      }
    });
  }
}
