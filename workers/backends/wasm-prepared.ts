// A plan made ready for WebAssembly: its memory, its list of calls with addresses, and the run itself. Runs are
// synchronous: when run() returns its promise, the work is done.
import { sizeOf } from '../kernels/kernel';
import { rootOf } from '../tape/liveness';
import type { Plan } from '../tape/plan';
import type { CallTime, Prepared } from './device';
import type { WasmEngine } from './wasm-engine';
import { arrayOf, layOutPlan, type LaidCall, type Location, type WasmLayout } from './wasm-layout';
import { bindSteps, type WasmStep } from './wasm-replay';

type Work = (() => void) | null;

/** Addresses of named arrays of the session. */
export type AddressOf = (name: string) => number;

export class WasmPrepared implements Prepared {
  readonly temporaryBytes: number;
  /** Those that no other plan uses. */
  readonly ownBytes: number;
  readonly dispatches: number;
  private readonly layout: WasmLayout;
  /** Address of the outputs; 0 where they could not be had. */
  private kept = 0;
  private readonly constants = new Map<number, number>();
  private list: { address: number; number: number } | null = null;
  private work: Work[][] = [];
  private resolvedAt = -1;
  private disposed = false;

  constructor(
    private readonly engine: WasmEngine,
    private readonly plan: Plan,
    private readonly addressOf: AddressOf,
    private readonly onDispose: (prepared: WasmPrepared) => void,
  ) {
    this.layout = layOutPlan(plan, engine.threadCount, engine.functions, engine.replaced);
    this.dispatches = this.layout.calls.reduce((sum, { steps }) => sum + steps.length, 0);
    const { arena, kept, scratchBytes } = this.layout;
    this.ownBytes = 4 * kept.words;
    this.temporaryBytes = 4 * arena.words + this.ownBytes;
    engine.scratch.take(scratchBytes);
    try {
      engine.arena.take(4 * arena.words);
    } catch (error) {
      engine.scratch.leave();
      throw error;
    }
    try {
      this.kept = engine.heap.allocate(this.ownBytes, 'An output');
      this.fillConstants();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  async run(): Promise<void> {
    this.replay();
  }

  async timed(): Promise<CallTime[]> {
    const times: CallTime[] = [];
    const zero = performance.now();
    let before = 0;
    this.replay((call) => {
      const now = performance.now() - zero;
      const { bytes, steps } = this.layout.calls[call]!;
      times.push({ call, startMs: before, durationMs: now - before, bytes, dispatches: steps.length });
      before = now;
    });
    return times;
  }

  /** Contents of an output after a run, as floats. */
  output(name: string): Float32Array {
    const id = this.plan.outputs[name];
    if (id === undefined) throw new Error(`The plan has no output "${name}".`);
    const array = arrayOf(this.plan, id);
    const { heap } = this.engine;
    const address = this.addressOfArray(id);
    return array.dtype === 'float32'
      ? heap.floats(address, sizeOf(array)).slice()
      : Float32Array.from(heap.integers(address, sizeOf(array)));
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    const { heap, scratch, arena } = this.engine;
    scratch.leave();
    arena.leave();
    heap.free(this.kept);
    for (const address of this.constants.values()) heap.free(address);
    if (this.list) heap.free(this.list.address);
    this.onDispose(this);
  }

  private fillConstants(): void {
    const { heap } = this.engine;
    for (const { id, constant, alias } of this.plan.arrays) {
      if (!constant || alias !== undefined) continue;
      const address = heap.allocate(4 * constant.length, 'A constant');
      this.constants.set(id, address);
      if (constant instanceof Float32Array) heap.floats(address, constant.length).set(constant);
      else heap.integers(address, constant.length).set(constant);
    }
  }

  private replay(afterCall?: (call: number) => void): void {
    const { engine } = this;
    engine.check();
    if (this.disposed) throw new Error('This plan was disposed of.');
    if (this.resolvedAt !== engine.moves) this.resolve();
    const { instance, threads } = engine;
    try {
      if (threads && this.list) threads.control.signal(this.list.address, this.list.number);
      for (let call = 0; call < this.work.length; call++) {
        for (const work of this.work[call]!) {
          threads?.begin(performance.now());
          if (work) work();
          else this.compute(this.layout.calls[call]!);
          instance.barrier();
        }
        afterCall?.(call);
      }
    } catch (error) {
      const told = threads?.control.failure();
      throw engine.fail(told?.message ?? (error instanceof Error ? error.message : String(error)));
    }
  }

  /** Fills in addresses, after arrays moved. */
  private resolve(): void {
    const { engine } = this;
    const address = (location: number | Location): number =>
      typeof location === 'number'
        ? location
        : 'array' in location
          ? this.addressOfArray(location.array)
          : engine.scratch.address + location.scratch;
    const calls = this.layout.calls.map(({ steps }) =>
      steps.map(({ fn, args }): WasmStep => ({ fn, args: args.map(address) })),
    );
    if (this.list) engine.heap.free(this.list.address);
    this.list = engine.publish(calls.flat());
    this.work = calls.map((steps) => bindSteps(steps, engine.instance, 0, engine.threadCount));
    this.resolvedAt = engine.moves;
  }

  private addressOfArray(id: number): number {
    const root = rootOf(this.plan, id);
    const { kind, name, offset = 0 } = arrayOf(this.plan, root);
    if (kind === 'temporary') {
      const { arena, kept } = this.layout;
      const own = kept.offsets.get(root);
      return own === undefined ? this.engine.arena.address + 4 * (arena.offsets.get(root) ?? 0) : this.kept + 4 * own;
    }
    const constant = this.constants.get(root);
    if (constant !== undefined) return constant;
    if (name === undefined) throw new RangeError(`Array ${id} of the plan has neither a name nor contents.`);
    return this.addressOf(name) + 4 * offset;
  }

  /** Plain loops on this thread, where a kernel has no WebAssembly. */
  private compute({ reference }: LaidCall): void {
    if (!reference) return;
    const { heap } = this.engine;
    const view = (id: number): Float32Array | Int32Array => {
      const array = arrayOf(this.plan, id);
      const address = this.addressOfArray(id);
      return array.dtype === 'float32' ? heap.floats(address, sizeOf(array)) : heap.integers(address, sizeOf(array));
    };
    reference.kernel.reference(reference.inputs.map(view), reference.outputs.map(view), reference.shape);
  }
}
