// Named arrays and plans of one model on a GPU device.
import { DeviceError } from '../../src/contract/errors';
import type { Kernel } from '../kernels/kernel';
import type { Plan } from '../tape/plan';
import type { Prepared, Session } from './device';
import type { GpuCore } from './webgpu-core';
import { layOut } from './webgpu-layout';
import { planPasses } from './webgpu-passes';
import { GpuPlan, type GpuSlabs } from './webgpu-plan';
import { GpuSlots } from './webgpu-slots';
import { sizeOf } from '../kernels/kernel';

interface Slab {
  buffer: GPUBuffer;
  words: number;
}

export class GpuSession implements Session, GpuSlabs {
  version = 0;
  private readonly slabs = new Map<string, Slab>();
  private readonly slots: GpuSlots;
  private readonly plans = new Set<Prepared>();
  private closed = false;

  constructor(
    private readonly core: GpuCore,
    private readonly kernels: ReadonlyMap<string, Kernel>,
    private readonly onDispose: (session: Session) => void = () => undefined,
  ) {
    this.slots = new GpuSlots(core.memory);
  }

  ensure(name: string, words: number): void {
    this.open();
    const known = this.slabs.get(name);
    if (known && known.words >= words) return;
    const buffer = this.core.memory.allocate(words, `the array "${name}" of the model`);
    if (known) {
      const encoder = this.core.device.createCommandEncoder();
      encoder.copyBufferToBuffer(known.buffer, 0, buffer, 0, known.words * 4);
      this.core.device.queue.submit([encoder.finish()]);
      this.core.memory.free(known.buffer);
      this.version += 1;
    }
    this.slabs.set(name, { buffer, words });
  }

  write(name: string, data: Float32Array | Int32Array, offset = 0): void {
    this.open();
    const slab = this.slab(name);
    if (offset + data.length > slab.words)
      throw new DeviceError(`"${name}" holds ${slab.words} numbers; ${offset + data.length} were written.`);
    this.core.device.queue.writeBuffer(slab.buffer, offset * 4, data.buffer, data.byteOffset, data.byteLength);
  }

  async readFloats(name: string, offset: number, length: number): Promise<Float32Array> {
    return new Float32Array(await this.read(name, offset, length));
  }

  async readIntegers(name: string, offset: number, length: number): Promise<Int32Array> {
    return new Int32Array(await this.read(name, offset, length));
  }

  async prepare(plan: Plan): Promise<Prepared> {
    this.open();
    for (const { name, words } of plan.slabs) this.ensure(name, words);
    for (const array of plan.arrays)
      if (array.name !== undefined) this.ensure(array.name, (array.offset ?? 0) + sizeOf(array));
    const { device, facts, safe } = this.core;
    const mostBindings = device.limits.maxStorageBuffersPerShaderStage;
    const { calls, scratch } = planPasses(plan, this.kernels, facts, mostBindings, safe);
    const layout = layOut(plan, calls, scratch);
    const prepared = await GpuPlan.make(this.core, this, this.slots, layout, plan, (gone) => this.plans.delete(gone));
    if (this.closed) {
      prepared.dispose();
      this.open();
    }
    this.plans.add(prepared);
    return prepared;
  }

  async output(prepared: Prepared, name: string): Promise<Float32Array> {
    if (!(prepared instanceof GpuPlan) || !this.plans.has(prepared))
      throw new DeviceError('This plan belongs to another session.');
    const { buffer, offset, words, array } = prepared.output(name);
    const bytes = await this.core.memory.read(buffer, offset, words);
    return array.dtype === 'float32' ? new Float32Array(bytes) : Float32Array.from(new Int32Array(bytes));
  }

  async settled(): Promise<void> {
    await this.core.memory.allocated();
    await this.core.inOrder(() => this.core.submitter.settled());
    this.core.health.check();
  }

  bytes(): number {
    let sum = this.slots.bytes();
    for (const { buffer } of this.slabs.values()) sum += buffer.size;
    return sum;
  }

  buffer(name: string): GPUBuffer {
    return this.slab(name).buffer;
  }

  dispose(): void {
    if (this.closed) return;
    this.closed = true;
    for (const plan of this.plans) plan.dispose();
    this.slots.dispose();
    for (const { buffer } of this.slabs.values()) this.core.memory.free(buffer);
    this.slabs.clear();
    this.onDispose(this);
  }

  private async read(name: string, offset: number, length: number): Promise<ArrayBuffer> {
    this.open();
    const slab = this.slab(name);
    if (offset + length > slab.words)
      throw new DeviceError(`"${name}" holds ${slab.words} numbers; ${offset + length} were asked for.`);
    return this.core.memory.read(slab.buffer, offset, length);
  }

  private slab(name: string): Slab {
    const slab = this.slabs.get(name);
    if (!slab) throw new DeviceError(`There is no array "${name}" on the graphics device.`);
    return slab;
  }

  private open(): void {
    if (this.closed) throw new DeviceError('This session on the graphics device was closed.');
    this.core.health.check();
  }
}
