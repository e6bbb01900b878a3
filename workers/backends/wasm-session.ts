// Named arrays of one model in WebAssembly memory, and its plans. An array that has to grow moves; plans notice.
import type { Plan } from '../tape/plan';
import { sizeOf } from '../kernels/kernel';
import type { Prepared, Session } from './device';
import type { WasmEngine } from './wasm-engine';
import { WasmPrepared } from './wasm-prepared';

interface Named {
  address: number;
  words: number;
}

export class WasmSession implements Session {
  private readonly arrays = new Map<string, Named>();
  private readonly plans = new Set<WasmPrepared>();

  constructor(private readonly engine: WasmEngine) {}

  ensure(name: string, words: number): void {
    this.engine.check();
    const known = this.arrays.get(name);
    if (known && known.words >= words) return;
    const { heap } = this.engine;
    const address = heap.allocate(4 * words, `The array "${name}" of the model`);
    if (known) {
      heap.integers(address, known.words).set(heap.integers(known.address, known.words));
      heap.free(known.address);
      this.engine.moves++;
    }
    this.arrays.set(name, { address, words });
  }

  write(name: string, data: Float32Array | Int32Array, offset = 0): void {
    if (!this.arrays.has(name)) this.ensure(name, offset + data.length);
    const address = this.place(name, offset, data.length);
    if (data instanceof Float32Array) this.engine.heap.floats(address, data.length).set(data);
    else this.engine.heap.integers(address, data.length).set(data);
  }

  async readFloats(name: string, offset: number, length: number): Promise<Float32Array> {
    return this.engine.heap.floats(this.place(name, offset, length), length).slice();
  }

  async readIntegers(name: string, offset: number, length: number): Promise<Int32Array> {
    return this.engine.heap.integers(this.place(name, offset, length), length).slice();
  }

  async prepare(plan: Plan): Promise<Prepared> {
    this.engine.check();
    for (const { name, words } of plan.slabs) this.ensure(name, words);
    for (const array of plan.arrays)
      if (array.name !== undefined) this.ensure(array.name, (array.offset ?? 0) + sizeOf(array));
    const prepared = new WasmPrepared(
      this.engine,
      plan,
      (name) => this.place(name, 0, 0),
      (disposed) => this.plans.delete(disposed),
    );
    this.plans.add(prepared);
    return prepared;
  }

  async output(prepared: Prepared, name: string): Promise<Float32Array> {
    this.engine.check();
    if (!(prepared instanceof WasmPrepared) || !this.plans.has(prepared))
      throw new Error('This plan was not prepared by this session.');
    return prepared.output(name);
  }

  async settled(): Promise<void> {
    this.engine.check();
  }

  bytes(): number {
    let bytes = this.engine.scratch.bytes + this.engine.arena.bytes;
    for (const { words } of this.arrays.values()) bytes += 4 * words;
    for (const { ownBytes } of this.plans) bytes += ownBytes;
    return bytes;
  }

  dispose(): void {
    for (const plan of [...this.plans]) plan.dispose();
    for (const { address } of this.arrays.values()) this.engine.heap.free(address);
    this.arrays.clear();
  }

  /** Address of a part of a named array. Throws RangeError where it does not reach that far. */
  private place(name: string, offset: number, length: number): number {
    this.engine.check();
    const array = this.arrays.get(name);
    if (!array) throw new RangeError(`This session has no array "${name}".`);
    if (offset < 0 || offset + length > array.words)
      throw new RangeError(`"${name}" has ${array.words} words; ${length} at ${offset} do not fit.`);
    return array.address + 4 * offset;
  }
}
