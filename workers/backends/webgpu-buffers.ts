// Memory of a GPU device: buffers that are counted and checked, and reading them back. Knows nothing of plans.
import { DeviceError, LimitError } from '../../src/contract/errors';
import type { GpuHealth } from './webgpu-health';
import { outOfMemory } from './webgpu-health';

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MB`;

const capital = (what: string): string => what.charAt(0).toUpperCase() + what.slice(1);

const advice = 'Lower the batch size, the maximum length or the vector length, or choose wasm in Settings.';

export class GpuMemory {
  private held = 0;
  /** Allocations whose outcome is not known yet. */
  private checks: { outcome: Promise<GPUError | null>; what: string; size: number; beside: number }[] = [];
  private readonly staging = new Map<number, GPUBuffer[]>();

  constructor(
    private readonly device: GPUDevice,
    private readonly health: GpuHealth,
    private readonly answerMs: number,
  ) {}

  /** Bytes of all buffers held, without those for reading back. */
  bytes(): number {
    return this.held;
  }

  /** A zeroed storage buffer. Throws LimitError where the adapter can hold none so large; `what` names it there. */
  allocate(words: number, what: string): GPUBuffer {
    this.health.check();
    // Vectors of four are bound, so every buffer ends on one.
    const size = Math.max(16, Math.ceil(words / 4) * 16);
    if (size > this.device.limits.maxBufferSize)
      throw new LimitError(
        `${capital(what)} takes ${megabytes(size)}; this graphics adapter holds arrays up to ${megabytes(this.device.limits.maxBufferSize)}. ${advice}`,
      );
    this.device.pushErrorScope('out-of-memory');
    const buffer = this.device.createBuffer({
      label: what,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    this.checks.push({ outcome: this.device.popErrorScope(), what, size, beside: this.held });
    this.held += size;
    return buffer;
  }

  free(buffer: GPUBuffer): void {
    this.held -= buffer.size;
    buffer.destroy();
  }

  /** Throws LimitError where an array cannot be bound by a shader. */
  checkBinding(words: number, what: string): void {
    const limit = this.device.limits.maxStorageBufferBindingSize;
    if (words * 4 > limit)
      throw new LimitError(
        `${capital(what)} takes ${megabytes(words * 4)}; shaders on this graphics adapter read arrays up to ${megabytes(limit)}. ${advice}`,
      );
  }

  /** Resolves when all that was allocated is really there; rejects with DeviceError where memory ran out. */
  async allocated(): Promise<void> {
    const checks = this.checks;
    this.checks = [];
    for (const { outcome, what, size, beside } of checks)
      if ((await this.health.guard(outcome, this.answerMs)) !== null)
        throw new DeviceError(outOfMemory(`${what} takes ${megabytes(size)} beside ${megabytes(beside)} in use`));
  }

  /** `words` 4-byte words of a buffer as they are after all work handed over before. */
  async read(buffer: GPUBuffer, offsetWords: number, words: number): Promise<ArrayBuffer> {
    this.health.check();
    if (words === 0) return new ArrayBuffer(0);
    const bytes = words * 4;
    // Sizes are rounded up so that a few buffers serve all reads.
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(bytes)));
    const rounded = bytes > 2 ** 22 ? bytes : size;
    const free = this.staging.get(rounded) ?? [];
    const stage =
      free.pop() ??
      this.device.createBuffer({ size: rounded, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, offsetWords * 4, stage, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
    await this.health.guard(stage.mapAsync(GPUMapMode.READ, 0, bytes), this.answerMs);
    const copy = stage.getMappedRange(0, bytes).slice(0);
    stage.unmap();
    if (rounded === size) {
      free.push(stage);
      this.staging.set(size, free);
    } else stage.destroy();
    return copy;
  }

  dispose(): void {
    for (const free of this.staging.values()) for (const buffer of free) buffer.destroy();
    this.staging.clear();
  }
}
