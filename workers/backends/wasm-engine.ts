// What all sessions of a WebAssembly device share: the module's instance on thread 0, the other threads, the heap, the
// scratch memory, and the state of health.
import { DeviceError } from '../../src/contract/errors';
import type { WasmHeap } from './wasm-heap';
import type { Instance } from './wasm-module';
import { encodeSteps, type WasmStep } from './wasm-replay';
import { WasmShared } from './wasm-shared';
import type { Threads } from './wasm-threads';

export class WasmEngine {
  /** Rises whenever an array moved: addresses in lists are then old. */
  moves = 0;
  /** Kernels that are computed by plain loops in plans prepared from now on. */
  readonly replaced = new Set<string>();
  /** Of one call at a time. */
  readonly scratch: WasmShared;
  /** Temporaries of one run at a time: plans of other sizes work in the same memory, so it stays flat. */
  readonly arena: WasmShared;
  private failure: DeviceError | null = null;
  private lists = 0;

  constructor(
    readonly instance: Instance,
    readonly functions: readonly string[],
    readonly heap: WasmHeap,
    readonly threads: Threads | null,
  ) {
    const moved = (): void => void this.moves++;
    this.scratch = new WasmShared(heap, 'Scratch memory of a kernel', moved);
    this.arena = new WasmShared(heap, 'Memory for activations and gradients', moved);
  }

  get threadCount(): number {
    return this.threads?.count ?? 1;
  }

  /** Throws where the device failed before or was disposed of. */
  check(): void {
    if (this.failure) throw this.failure;
  }

  /** Notes that the device is no more. Gives the error that all later calls throw. */
  fail(reason: string): DeviceError {
    this.failure ??= new DeviceError(
      `The WebAssembly device stopped: ${reason}. The run can be resumed from its last checkpoint; close other tabs if memory is short.`,
    );
    this.threads?.control.fail(0, reason);
    this.threads?.end();
    return this.failure;
  }

  dispose(): void {
    this.failure ??= new DeviceError('The WebAssembly device was closed.');
    this.threads?.end();
  }

  /** Writes a list where all threads can read it. With one thread there is nobody to read it. */
  publish(steps: readonly WasmStep[]): { address: number; number: number } {
    const number = ++this.lists;
    if (!this.threads) return { address: 0, number };
    const numbers = encodeSteps(steps);
    const address = this.heap.allocate(8 * numbers.length, 'A list of kernel calls');
    this.heap.doubles(address, numbers.length).set(numbers);
    return { address, number };
  }
}
