// One thing the data worker is asked to do that takes a while: it can be cancelled and it says how far it is.
import type { ImportProgress } from '../../src/contract/data';
import { AbortError } from '../../src/contract/errors';

const progressEveryMs = 100;
const breatheEveryMs = 50;

export class Job {
  private cancelled = false;
  private readonly startedAt = performance.now();
  private toldAt = 0;
  private breathedAt = performance.now();
  bytesRead = 0;
  rows = 0;

  constructor(
    private readonly bytesTotal: number,
    private readonly onProgress: (progress: ImportProgress) => void = () => undefined,
  ) {}

  cancel(): void {
    this.cancelled = true;
  }

  /** Throws where the job was cancelled, tells how far it is, and lets waiting messages in now and then. */
  async step(phase: ImportProgress['phase'], file: string): Promise<void> {
    const now = performance.now();
    if (now - this.breathedAt > breatheEveryMs) {
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      this.breathedAt = performance.now();
    }
    if (this.cancelled) throw new AbortError();
    if (now - this.toldAt >= progressEveryMs) {
      this.toldAt = now;
      this.tell(phase, file);
    }
  }

  tell(phase: ImportProgress['phase'], file: string): void {
    const seconds = (performance.now() - this.startedAt) / 1000;
    const share = this.bytesTotal > 0 ? Math.min(1, this.bytesRead / this.bytesTotal) : 0;
    this.onProgress({
      phase,
      file,
      bytesRead: Math.min(this.bytesRead, this.bytesTotal),
      bytesTotal: this.bytesTotal,
      rows: this.rows,
      secondsLeft: seconds < 0.5 || share < 0.01 ? null : (seconds * (1 - share)) / share,
    });
  }
}
