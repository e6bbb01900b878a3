// What all sessions of a WebAssembly device share: the module's instance on thread 0, the other threads, the heap, the
// scratch memory, and the state of health.
import { DeviceError } from '../../src/contract/errors';
import type { WasmHeap } from './wasm-heap';
import type { Instance } from './wasm-module';
import { encodeSteps, type WasmStep } from './wasm-replay';
import type { Threads } from './wasm-threads';

export class WasmEngine {
  /** Rises whenever an array moved: addresses in lists are then old. */
  moves = 0;
  /** Kernels that are computed by plain loops in plans prepared from now on. */
  readonly replaced = new Set<string>();
  private scratchAddress = 0;
  private scratchBytes = 0;
  private failure: DeviceError | null = null;
  private lists = 0;

  constructor(
    readonly instance: Instance,
    readonly functions: readonly string[],
    readonly heap: WasmHeap,
    readonly threads: Threads | null,
  ) {}

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

  /** Scratch for one call at a time, at least this large. May move, see `moves`. */
  reserveScratch(bytes: number): void {
    if (bytes <= this.scratchBytes) return;
    // The old piece is given back only now: where there is no room, earlier plans go on with it.
    const address = this.heap.allocate(bytes, 'Scratch memory of a kernel');
    this.heap.free(this.scratchAddress);
    this.scratchAddress = address;
    this.scratchBytes = bytes;
    this.moves++;
  }

  get scratch(): { address: number; bytes: number } {
    return { address: this.scratchAddress, bytes: this.scratchBytes };
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
