// A plan made ready for a GPU: buffers, bind groups and compiled shaders are there before the first run, so a run only
// writes down its dispatches and hands them over.
import { DeviceError } from '../../src/contract/errors';
import type { Plan, PlanArray } from '../tape/plan';
import type { CallTime, Prepared } from './device';
import type { GpuLayout, Location, PlacedPass } from './webgpu-layout';
import type { GpuSlots } from './webgpu-slots';
import { runOnHost, type HostCall } from './webgpu-host-call';
import { cutPortions, learnCosts, type Portion } from './webgpu-submit';
import type { GpuSpan } from './webgpu-timing';
import type { GpuCore } from './webgpu-core';

/** What a prepared plan needs of its session. `version` changes when a slab moved to a larger buffer. */
export interface GpuSlabs {
  readonly version: number;
  buffer(name: string): GPUBuffer;
}

interface ReadyPass {
  pass: PlacedPass;
  pipeline: GPUComputePipeline;
}

export class GpuPlan implements Prepared {
  readonly dispatches: number;
  readonly temporaryBytes: number;
  private readonly slots: GPUBuffer[];
  private bindGroups: GPUBindGroup[][] = [];
  private boundVersion = -1;
  /** Milliseconds of each call; null until the first run has measured them. */
  private costs: Float64Array | null = null;
  private disposed = false;

  private constructor(
    private readonly core: GpuCore,
    private readonly slabs: GpuSlabs,
    private readonly pool: GpuSlots,
    private readonly layout: GpuLayout,
    private readonly passes: ReadyPass[][],
    private readonly onDispose: (plan: GpuPlan) => void,
  ) {
    this.slots = pool.take(layout.slots, layout.kept);
    this.temporaryBytes = this.slots.reduce((sum, buffer) => sum + buffer.size, 0);
    this.dispatches = passes.reduce((sum, call) => sum + call.length, 0);
    for (const { at, values } of layout.constants)
      core.device.queue.writeBuffer(
        this.bufferOf(at),
        at.offset * 4,
        values.buffer,
        values.byteOffset,
        values.byteLength,
      );
  }

  static async make(
    core: GpuCore,
    slabs: GpuSlabs,
    pool: GpuSlots,
    layout: GpuLayout,
    plan: Plan,
    onDispose: (plan: GpuPlan) => void = () => undefined,
  ): Promise<GpuPlan> {
    for (const array of plan.arrays)
      core.memory.checkBinding(
        array.shape.reduce((product, size) => product * size, 1),
        nameOf(array),
      );
    const passes = await Promise.all(
      layout.calls.map((call) =>
        Promise.all(
          call.passes.map(async (pass): Promise<ReadyPass> => {
            return { pass, pipeline: await core.pipelines.get(pass.wgsl, call.kernel, pass.written) };
          }),
        ),
      ),
    );
    const ready = new GpuPlan(core, slabs, pool, layout, passes, onDispose);
    try {
      await core.memory.allocated();
    } catch (error) {
      ready.dispose();
      throw error;
    }
    return ready;
  }

  run(): Promise<void> {
    return this.core.inOrder(async () => {
      this.bind();
      if (!this.costs) {
        this.costs = await this.measure();
        return;
      }
      const { costs } = this;
      for (const portion of cutPortions(costs, this.core.submitter.budgetMs, (call) => this.hostCall(call) !== null)) {
        const [from, to] = portion;
        if (await this.onHost(from)) continue;
        const estimate = costs.subarray(from, to).reduce((sum, cost) => sum + cost, 0);
        const { done } = await this.core.submitter.submit(this.encode(from, to), estimate);
        void done.then((took) => took > 0 && learnCosts(costs, portion, took));
      }
    });
  }

  async timed(): Promise<CallTime[]> {
    return this.core.inOrder(async () => {
      this.bind();
      const began = performance.now();
      const times: GpuSpan[] = [];
      for (const [from, to] of this.stretches()) {
        const origin = performance.now() - began;
        if (await this.onHost(from)) times.push({ startMs: origin, durationMs: performance.now() - began - origin });
        else {
          const spans = await this.core.timer.time(to - from, (call, stamps) =>
            this.encode(from + call, from + call + 1, stamps),
          );
          times.push(...spans.map((span) => ({ ...span, startMs: origin + span.startMs })));
        }
      }
      return times.map(({ startMs, durationMs }, call) => ({
        call,
        startMs,
        durationMs,
        bytes: this.layout.calls[call]?.bytes ?? 0,
        dispatches: this.passes[call]?.length ?? 0,
      }));
    });
  }

  /** Where an output lies. Throws DeviceError where the plan has none of that name. */
  output(name: string): { buffer: GPUBuffer; offset: number; words: number; array: PlanArray } {
    const at = this.layout.outputs.get(name);
    if (!at) throw new DeviceError(`This plan has no output "${name}".`);
    return { buffer: this.bufferOf(at), offset: at.offset, words: at.words, array: at.array };
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.pool.give(this.slots);
    this.onDispose(this);
  }

  private hostCall(call: number): HostCall<Location> | null {
    return this.layout.calls[call]?.host ?? null;
  }

  /** Whether the call was one for plain loops; then it is done. */
  private async onHost(call: number): Promise<boolean> {
    const work = this.hostCall(call);
    if (work) await runOnHost(this.core, work, (at) => this.bufferOf(at));
    return work !== null;
  }

  /** Calls that go to the GPU without a stop, and those for plain loops one by one. */
  private stretches(): Portion[] {
    const free = new Float64Array(this.layout.calls.length);
    return cutPortions(free, 1, (call) => this.hostCall(call) !== null);
  }

  /** A run that finds out what each call costs, one submission a call. */
  private async measure(): Promise<Float64Array> {
    const costs = new Float64Array(this.layout.calls.length);
    for (let call = 0; call < costs.length; call++) {
      if (await this.onHost(call)) continue;
      costs[call] = await (await this.core.submitter.submit(this.encode(call, call + 1), 0)).done;
    }
    this.core.health.check();
    return costs;
  }

  private bufferOf(at: Location): GPUBuffer {
    if ('slab' in at) return this.slabs.buffer(at.slab);
    const buffer = this.slots[at.slot];
    if (!buffer) throw new RangeError(`The plan has no slot ${at.slot}.`);
    return buffer;
  }

  private bind(): void {
    if (this.disposed) throw new DeviceError('This plan was closed.');
    this.core.health.check();
    if (this.boundVersion === this.slabs.version) return;
    this.bindGroups = this.passes.map((call) =>
      call.map(({ pass }) =>
        this.core.device.createBindGroup({
          layout: this.core.pipelines.layout(pass.written),
          entries: pass.arguments.map((at, binding) => ({
            binding,
            resource: { buffer: this.bufferOf(at), offset: at.offset * 4, size: Math.max(16, at.words * 4) },
          })),
        }),
      ),
    );
    this.boundVersion = this.slabs.version;
  }

  /** Calls [from, to) as one command buffer; `stamps` are written at their begin and end. */
  private encode(from: number, to: number, stamps?: GPUComputePassTimestampWrites): GPUCommandBuffer {
    // Also in the middle of a run: its buffers are gone.
    if (this.disposed) throw new DeviceError('This plan was closed.');
    const encoder = this.core.device.createCommandEncoder();
    let open: GPUComputePassEncoder | null = null;
    for (let call = from; call < to; call++)
      for (const [index, { pass, pipeline }] of (this.passes[call] ?? []).entries()) {
        const group = this.bindGroups[call]?.[index];
        if (!group) throw new RangeError(`Call ${call} is not bound.`);
        if (pass.copies.length > 0) {
          open?.end();
          open = null;
          for (const copy of pass.copies) this.encodeCopy(encoder, copy);
        }
        open ??= encoder.beginComputePass(stamps ? { timestampWrites: stamps } : undefined);
        open.setPipeline(pipeline);
        open.setBindGroup(0, group);
        open.dispatchWorkgroups(...pass.workgroups);
      }
    open?.end();
    return encoder.finish();
  }

  private encodeCopy(encoder: GPUCommandEncoder, { from, to }: { from: Location; to: Location }): void {
    encoder.copyBufferToBuffer(this.bufferOf(from), from.offset * 4, this.bufferOf(to), to.offset * 4, from.words * 4);
  }
}

const nameOf = (array: PlanArray): string =>
  `An array of ${array.shape.join(' × ')} numbers${array.name === undefined ? '' : ` (${array.name})`}`;
