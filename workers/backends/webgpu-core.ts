// What all sessions of one GPU device share.
import type { GpuFacts } from '../kernels/kernel';
import type { GpuMemory } from './webgpu-buffers';
import type { GpuHealth } from './webgpu-health';
import type { GpuPipelines } from './webgpu-pipelines';
import type { GpuSubmitter } from './webgpu-submit';
import type { GpuTimer } from './webgpu-timing';

export interface GpuCore {
  readonly device: GPUDevice;
  readonly health: GpuHealth;
  readonly memory: GpuMemory;
  readonly pipelines: GpuPipelines;
  readonly submitter: GpuSubmitter;
  readonly timer: GpuTimer;
  readonly facts: GpuFacts;
  /** Kernels that were found wrong here in another than their safe form. */
  readonly safe: ReadonlySet<string>;
  /** Runs of all sessions one after the other: their portions must not mix. */
  inOrder<T>(work: () => Promise<T>): Promise<T>;
}
