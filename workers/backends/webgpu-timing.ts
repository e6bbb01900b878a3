// Time of each call on a GPU: by its own clock where the adapter offers it, else from handing over to answer.
import type { GpuMemory } from './webgpu-buffers';
import type { GpuHealth } from './webgpu-health';

export interface GpuSpan {
  startMs: number;
  durationMs: number;
}

type Encode = (call: number, stamps?: GPUComputePassTimestampWrites) => GPUCommandBuffer;

/** A query set holds at most this many stamps. */
const maxStamps = 4096;

export class GpuTimer {
  constructor(
    private readonly device: GPUDevice,
    private readonly health: GpuHealth,
    private readonly memory: GpuMemory,
    private readonly answerMs: number,
  ) {}

  /** Spans of all calls, in order, from the start of the first one. */
  async time(calls: number, encode: Encode): Promise<GpuSpan[]> {
    if (calls === 0) return [];
    if (!this.device.features.has('timestamp-query')) return this.byAnswers(calls, encode);
    const spans: GpuSpan[] = [];
    for (let first = 0; first < calls; first += maxStamps / 2)
      spans.push(...(await this.byStamps(first, Math.min(calls, first + maxStamps / 2), encode)));
    // Some drivers offer the clock and leave it at zero.
    return spans.some(({ durationMs }) => durationMs > 0) ? spans : this.byAnswers(calls, encode);
  }

  private async byStamps(first: number, end: number, encode: Encode): Promise<GpuSpan[]> {
    const count = (end - first) * 2;
    const querySet = this.device.createQuerySet({ type: 'timestamp', count });
    const resolved = this.device.createBuffer({
      size: count * 8,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    try {
      for (let call = first; call < end; call++) {
        const at = (call - first) * 2;
        this.device.queue.submit([
          encode(call, { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 }),
        ]);
      }
      const encoder = this.device.createCommandEncoder();
      encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
      this.device.queue.submit([encoder.finish()]);
      const stamps = new BigUint64Array(await this.memory.read(resolved, 0, count * 2));
      const origin = stamps.find((stamp) => stamp > 0n) ?? 0n;
      const at = (index: number): number => Number((stamps[index] ?? 0n) - origin) / 1e6;
      return Array.from({ length: end - first }, (_, call) => ({
        startMs: Math.max(0, at(call * 2)),
        durationMs: Math.max(0, at(call * 2 + 1) - at(call * 2)),
      }));
    } finally {
      resolved.destroy();
      querySet.destroy();
    }
  }

  private async byAnswers(calls: number, encode: Encode): Promise<GpuSpan[]> {
    const spans: GpuSpan[] = [];
    const origin = performance.now();
    for (let call = 0; call < calls; call++) {
      const start = performance.now();
      this.device.queue.submit([encode(call)]);
      await this.health.guard(this.device.queue.onSubmittedWorkDone(), this.answerMs);
      spans.push({ startMs: start - origin, durationMs: performance.now() - start });
    }
    return spans;
  }
}
