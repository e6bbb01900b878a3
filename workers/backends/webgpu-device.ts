// The WebGPU backend: our own device, which replays plans by the shaders that kernels bring along. Opening, sessions
// and the end; the parts are webgpu-*.ts beside this file.
import { DeviceError } from '../../src/contract/errors';
import { catalog } from '../kernels/catalog';
import type { GpuFacts, Kernel } from '../kernels/kernel';
import { describeAdapter, findAdapter } from './detect';
import type { Device, Session } from './device';
import type { TuningTable } from '../../src/contract/engine';
import { variantIn } from './tuning-table';
import { requestDevice } from './webgpu-adapter';
import { GpuMemory } from './webgpu-buffers';
import type { GpuCore } from './webgpu-core';
import { GpuHealth } from './webgpu-health';
import { GpuPipelines } from './webgpu-pipelines';
import { GpuSession } from './webgpu-session';
import { considerateMs, fullSpeedMs, GpuSubmitter } from './webgpu-submit';
import { GpuTimer } from './webgpu-timing';

export interface WebgpuOptions {
  /** Where `navigator.gpu` is missing (Node): the package `webgpu`'s. */
  gpu?: GPU;
  /** Variants to use, exactly these: those of the run that goes on, or of this adapter's tuning. */
  tuning?: TuningTable | null;
  /** Longer submissions: faster, and the page may stutter. */
  fullSpeed?: boolean;
  /** Called once, when the device fails. Pending and later calls reject with the same error. */
  onFailure?: (error: DeviceError) => void;
  /** Silence after which the device counts as hung. */
  answerMs?: number;
  kernels?: readonly Kernel[];
}

export interface WebgpuDevice extends Device {
  readonly info: GPUAdapterInfo;
  readonly features: readonly string[];
  readonly limits: { maxBindingBytes: number; maxBufferBytes: number; maxWorkgroupSize: number };
  /** What failed, or null while all is well. */
  failure(): DeviceError | null;
  setFullSpeed(fullSpeed: boolean): void;
  /** Variants that plans prepared from now on use; prepared ones keep theirs. */
  useTuning(tuning: TuningTable | null): void;
  tuning(): TuningTable | null;
  /** Bytes of all sessions' buffers. */
  bytes(): number;
  /** For measurements and tests: the device itself. */
  readonly gpu: GPUDevice;
}

/** Throws DeviceError where no adapter answers, it gives no device, or the device is dead or answers nonsense at birth. */
export async function openWebgpuDevice(options: WebgpuOptions = {}): Promise<WebgpuDevice> {
  const found = await findAdapter(options.gpu);
  if ('reason' in found) throw new DeviceError(`WebGPU cannot start: ${found.reason}`);
  const { adapter } = found;
  const device = await requestDevice(adapter);
  const health = new GpuHealth(device, options.onFailure);
  const answerMs = options.answerMs ?? 30_000;
  const memory = new GpuMemory(device, health, answerMs);
  try {
    await answersAtBirth(memory, device);
  } catch (error) {
    health.close();
    device.destroy();
    throw error;
  }
  let tuning = options.tuning ?? null;
  const facts: GpuFacts = {
    f16: device.features.has('shader-f16'),
    subgroups: device.features.has('subgroups'),
    maxWorkgroupSize: device.limits.maxComputeInvocationsPerWorkgroup,
    maxWorkgroupsPerDimension: device.limits.maxComputeWorkgroupsPerDimension,
    variant: (kernel, sizeClass) => variantIn(tuning, kernel, sizeClass),
  };
  const submitter = new GpuSubmitter(device, health, answerMs);
  const setFullSpeed = (full: boolean): void => void (submitter.budgetMs = full ? fullSpeedMs : considerateMs);
  setFullSpeed(options.fullSpeed ?? false);
  let tail: Promise<unknown> = Promise.resolve();
  const safe = new Set<string>();
  const core: GpuCore = {
    device,
    health,
    memory,
    submitter,
    facts,
    safe,
    pipelines: new GpuPipelines(device, health),
    timer: new GpuTimer(device, health, memory, answerMs),
    inOrder: (work) => {
      const next = tail.then(work);
      tail = next.catch(() => undefined);
      return next;
    },
  };
  const kernels = new Map((options.kernels ?? catalog).map((kernel) => [kernel.name, kernel]));
  const sessions = new Set<Session>();
  const { limits } = device;
  return {
    backend: 'webgpu',
    adapter: describeAdapter(adapter.info),
    threads: 1,
    info: adapter.info,
    features: [...device.features],
    limits: {
      maxBindingBytes: limits.maxStorageBufferBindingSize,
      maxBufferBytes: limits.maxBufferSize,
      maxWorkgroupSize: limits.maxComputeInvocationsPerWorkgroup,
    },
    gpu: device,
    failure: () => health.failure(),
    setFullSpeed,
    useTuning: (next) => void (tuning = next),
    tuning: () => tuning,
    bytes: () => memory.bytes(),
    replace: (kernel) => {
      const known = safe.has(kernel);
      safe.add(kernel);
      return !known && (tuning !== null || facts.f16 || facts.subgroups);
    },
    session: () => {
      health.check();
      const session = new GpuSession(core, kernels, (gone) => sessions.delete(gone));
      sessions.add(session);
      return session;
    },
    dispose: () => {
      for (const session of sessions) session.dispose();
      health.close();
      memory.dispose();
      device.destroy();
    },
  };
}

/** A device can be lost before its first use, or read zeros: four numbers must come back as they were written. */
async function answersAtBirth(memory: GpuMemory, device: GPUDevice): Promise<void> {
  const sent = Float32Array.of(1, -2.5, 3e7, 4e-7);
  const buffer = memory.allocate(sent.length, 'the first array');
  try {
    await memory.allocated();
    device.queue.writeBuffer(buffer, 0, sent);
    const back = new Float32Array(await memory.read(buffer, 0, sent.length));
    if (!back.every((value, index) => value === sent[index]))
      throw new DeviceError('The graphics device does not give back what was written to it. Choose wasm in Settings.');
  } finally {
    memory.free(buffer);
  }
}
