// Which of the loop's checkpoints are written, and when. Every one could be; but a large state every few steps
// would keep the disk busier than the processor, so writing takes at most a sixth of the time and at most a
// minute lies between two. What is skipped is made again, bit for bit, by the steps after the one before it.
import type { RunEvent, TensorMap } from '../src/contract/records';
import { checkpointState, listCheckpoints, saveCheckpoint } from '../src/storage/checkpoints';
import type { LoopEvent } from './loop';

type Offered = Extract<LoopEvent, { kind: 'checkpoint' }>;

/** Five times what the last write took, but never longer than a minute. */
const costFactor = 5;
const longestMs = 60_000;

export class CheckpointKeeper {
  private best: Offered | null = null;
  private bestIsStored = true;
  private readyAt = 0;

  constructor(
    private readonly runId: string,
    /** Called before a checkpoint is written: the curve up to it must be stored first. */
    private readonly before: (kind: RunEvent['kind'], step: number, message: string) => Promise<void>,
  ) {}

  /** Writes the checkpoint when it is time, or at once where `now`. True when it was written. */
  async offer(checkpoint: Offered, now: boolean): Promise<boolean> {
    if (checkpoint.as === 'best') {
      this.best = checkpoint;
      this.bestIsStored = false;
    }
    if (!now && performance.now() < this.readyAt) return false;
    const began = performance.now();
    // A later checkpoint remembers which step was best, so that one must be there before it.
    if (this.best && !this.bestIsStored) await this.write(this.best);
    if (checkpoint.as === 'last') await this.write(checkpoint);
    const tookMs = performance.now() - began;
    this.readyAt = performance.now() + Math.min(longestMs, costFactor * tookMs);
    return true;
  }

  /** What the trainer held at `step`, the best one; null where it is not known any more. */
  async bestState(step: number): Promise<TensorMap | null> {
    if (this.best?.step === step) return this.best.state;
    const stored = (await listCheckpoints(this.runId)).find((one) => one.kind === 'best' && one.step === step);
    return stored ? (await checkpointState(stored.id)).tensors : null;
  }

  private async write(checkpoint: Offered): Promise<void> {
    const { as, step, values, state, loop, pins } = checkpoint;
    await this.before('checkpoint', step, as === 'best' ? 'Best so far kept' : 'Checkpoint kept');
    await saveCheckpoint({ runId: this.runId, step, at: Date.now(), kind: as, metrics: values }, state, { loop, pins });
    if (as === 'best') this.bestIsStored = true;
  }
}
