// One long question to the map worker: it breathes, says how far it is, and can be called off within a breath.
import type { MapProgress } from '../../src/contract/map';
import { breathe } from '../breathe';
import { checkSignal } from '../planner/jobs';

const breathEveryMs = 40;
const tellEveryMs = 120;

export class MapJob {
  private breathedAt = performance.now();
  private toldAt = -Infinity;
  private told: MapProgress['phase'] | null = null;

  constructor(
    private readonly signal: AbortSignal,
    private readonly tell: (progress: MapProgress) => void,
  ) {}

  async step(phase: MapProgress['phase'], done: number, total: number | null): Promise<void> {
    const now = performance.now();
    if (now - this.toldAt >= tellEveryMs || phase !== this.told) {
      this.toldAt = now;
      this.told = phase;
      this.tell({ phase, done, total });
    }
    if (now - this.breathedAt >= breathEveryMs) {
      await breathe();
      this.breathedAt = performance.now();
    }
    checkSignal(this.signal);
  }
}
