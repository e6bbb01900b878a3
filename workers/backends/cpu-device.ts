// The reference device: every call computed by its kernel's plain loops, on one thread. It is what other devices are
// judged by and what runs where nothing else does. With float64 all floats have 64 bits, for gradient checks.
import { kernelNamed } from '../kernels/catalog';
import { sizeOf, type CallShape, type Dtype, type Kernel, type Numbers } from '../kernels/kernel';
import { layOutArena, livesOf, rootOf } from '../tape/liveness';
import type { Plan } from '../tape/plan';
import { specOf } from '../tape/recording';
import type { CallTime, Device, Prepared, Session } from './device';

export interface CpuOptions {
  precision?: 'float32' | 'float64';
  /** Where kernels come from; a test may break one. */
  kernels?: (name: string) => Kernel;
}

export interface CpuDevice extends Device {
  session(): CpuSession;
}

export function openCpuDevice({ precision = 'float32', kernels = kernelNamed }: CpuOptions = {}): CpuDevice {
  return {
    backend: 'cpu',
    adapter: precision === 'float32' ? 'Reference, 32 bits' : 'Reference, 64 bits',
    threads: 1,
    session: () => new CpuSession(precision === 'float32' ? 4 : 8, kernels),
    dispose: () => undefined,
  };
}

/** Besides what every session offers it gives its arrays themselves, in their own precision. */
export class CpuSession implements Session {
  private readonly slabs = new Map<string, ArrayBuffer>();
  private readonly plans = new Set<CpuPrepared>();

  constructor(
    private readonly wordBytes: 4 | 8,
    private readonly kernels: (name: string) => Kernel,
  ) {}

  ensure(name: string, words: number): void {
    const known = this.slabs.get(name);
    const bytes = words * this.wordBytes;
    if (known && known.byteLength >= bytes) return;
    const grown = new ArrayBuffer(bytes);
    if (known) new Uint8Array(grown).set(new Uint8Array(known));
    this.slabs.set(name, grown);
  }

  write(name: string, data: Float32Array | Int32Array, offset = 0): void {
    if (!this.slabs.has(name)) this.ensure(name, offset + data.length);
    this.numbers(name, data instanceof Float32Array ? 'float32' : 'int32', offset, data.length).set(data);
  }

  readFloats(name: string, offset: number, length: number): Promise<Float32Array> {
    return Promise.resolve(Float32Array.from(this.numbers(name, 'float32', offset, length)));
  }

  readIntegers(name: string, offset: number, length: number): Promise<Int32Array> {
    return Promise.resolve(Int32Array.from(this.numbers(name, 'int32', offset, length)));
  }

  /** Part of a named array itself, not a copy; valid until it has to grow. Throws RangeError past its end. */
  numbers(name: string, dtype: Dtype, offset: number, length: number): Numbers {
    const slab = this.slabs.get(name);
    if (!slab) throw new RangeError(`This session has no array "${name}".`);
    if (offset < 0 || (offset + length) * this.wordBytes > slab.byteLength)
      throw new RangeError(
        `"${name}" has ${slab.byteLength / this.wordBytes} words; ${length} at ${offset} do not fit.`,
      );
    // A slab is of one type: one of whole numbers has four bytes a word in any precision.
    return numbersIn(slab, this.wordBytes, dtype, offset * (dtype === 'int32' ? 4 : this.wordBytes), length);
  }

  prepare(plan: Plan): Promise<Prepared> {
    for (const { name, words } of plan.slabs) this.ensure(name, words);
    for (const array of plan.arrays)
      if (array.name !== undefined) this.ensure(array.name, (array.offset ?? 0) + sizeOf(array));
    const prepared = new CpuPrepared(plan, this, this.wordBytes, this.kernels, (done) => this.plans.delete(done));
    this.plans.add(prepared);
    return Promise.resolve(prepared);
  }

  async output(prepared: Prepared, name: string): Promise<Float32Array> {
    return Float32Array.from(this.outputNumbers(prepared, name));
  }

  /** An output of the plan's last run in the precision of the device. */
  outputNumbers(prepared: Prepared, name: string): Numbers {
    if (!(prepared instanceof CpuPrepared) || !this.plans.has(prepared))
      throw new Error('This plan was not prepared by this session.');
    return prepared.output(name).slice();
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  bytes(): number {
    let bytes = 0;
    for (const { byteLength } of this.slabs.values()) bytes += byteLength;
    for (const { temporaryBytes } of this.plans) bytes += temporaryBytes;
    return bytes;
  }

  dispose(): void {
    this.slabs.clear();
    this.plans.clear();
  }
}

class CpuPrepared implements Prepared {
  readonly temporaryBytes: number;
  readonly dispatches: number;
  private readonly arena: ArrayBuffer;
  private readonly offsets: Map<number, number>;
  private readonly constants = new Map<number, Numbers>();
  private readonly calls: { kernel: Kernel; shape: CallShape; inputs: readonly number[]; outputs: readonly number[] }[];

  constructor(
    private readonly plan: Plan,
    private readonly session: CpuSession,
    private readonly wordBytes: 4 | 8,
    kernels: (name: string) => Kernel,
    private readonly whenDisposed: (self: CpuPrepared) => void,
  ) {
    const { words, offsets } = layOutArena(livesOf(plan));
    this.arena = new ArrayBuffer(words * wordBytes);
    this.offsets = offsets;
    this.temporaryBytes = words * wordBytes;
    this.dispatches = plan.calls.length;
    for (const { id, dtype, constant } of plan.arrays)
      if (constant)
        this.constants.set(id, dtype === 'float32' && wordBytes === 8 ? Float64Array.from(constant) : constant.slice());
    const specs = (ids: readonly number[]) => ids.map((id) => specOf(plan.arrays[id]!));
    this.calls = plan.calls.map(({ kernel, attrs, inputs, outputs }) => ({
      kernel: kernels(kernel),
      shape: { inputs: specs(inputs), outputs: specs(outputs), attrs },
      inputs,
      outputs,
    }));
  }

  run(): Promise<void> {
    for (const call of this.calls.keys()) this.compute(call);
    return Promise.resolve();
  }

  timed(): Promise<CallTime[]> {
    const begin = performance.now();
    const times = this.calls.map(({ shape }, call): CallTime => {
      const start = performance.now();
      this.compute(call);
      const bytes = [...shape.inputs, ...shape.outputs].reduce((sum, spec) => sum + sizeOf(spec) * this.wordBytes, 0);
      return { call, startMs: start - begin, durationMs: performance.now() - start, bytes, dispatches: 1 };
    });
    return Promise.resolve(times);
  }

  output(name: string): Numbers {
    const id = this.plan.outputs[name];
    if (id === undefined) throw new RangeError(`The plan has no output "${name}".`);
    return this.numbers(id);
  }

  dispose(): void {
    this.whenDisposed(this);
  }

  private compute(index: number): void {
    const { kernel, shape, inputs, outputs } = this.calls[index]!;
    kernel.reference(
      inputs.map((id) => this.numbers(id)),
      outputs.map((id) => this.numbers(id)),
      shape,
    );
  }

  private numbers(id: number): Numbers {
    const array = this.plan.arrays[id]!;
    const length = sizeOf(array);
    const constant = this.constants.get(id);
    if (constant) return constant;
    if (array.name !== undefined) return this.session.numbers(array.name, array.dtype, array.offset ?? 0, length);
    const offset = this.offsets.get(rootOf(this.plan, id));
    if (offset === undefined) throw new RangeError(`No call of the plan writes array ${id}.`);
    return numbersIn(this.arena, this.wordBytes, array.dtype, offset * this.wordBytes, length);
  }
}

function numbersIn(buffer: ArrayBuffer, wordBytes: 4 | 8, dtype: Dtype, start: number, length: number): Numbers {
  if (dtype === 'int32') return new Int32Array(buffer, start, length);
  return wordBytes === 8 ? new Float64Array(buffer, start, length) : new Float32Array(buffer, start, length);
}
