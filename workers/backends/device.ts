// What every backend offers to the engine: named arrays that stay on the device, and plans that are replayed.
// Three implementations: cpu (the references), wasm (threads over shared memory) and webgpu.
import type { BackendName } from '../../src/contract/records';
import type { Plan } from '../tape/plan';

export interface CallTime {
  /** Index into plan.calls. */
  call: number;
  startMs: number;
  durationMs: number;
  bytes: number;
  dispatches: number;
}

/** A plan made ready for a device. */
export interface Prepared {
  /** Replays the plan. Resolves when the work was handed over; reads are ordered after it. */
  run(): Promise<void>;
  /** Replays it with a time for each call; slower than run(). */
  timed(): Promise<CallTime[]>;
  /** Bytes of temporaries this plan holds. */
  readonly temporaryBytes: number;
  /** Kernel launches of a run. */
  readonly dispatches: number;
  dispose(): void;
}

/** Arrays and plans of one model at work. Several sessions on one device do not see each other's names. */
export interface Session {
  /** Makes sure a slab (or a plan's input) is there; new ones are zero. */
  ensure(name: string, words: number): void;
  write(name: string, data: Float32Array | Int32Array, offset?: number): void;
  readFloats(name: string, offset: number, length: number): Promise<Float32Array>;
  readIntegers(name: string, offset: number, length: number): Promise<Int32Array>;
  prepare(plan: Plan): Promise<Prepared>;
  /** An output of the plan's last run. */
  output(prepared: Prepared, name: string): Promise<Float32Array>;
  /** Resolves when all work handed over is done. Rejects with DeviceError where the device failed. */
  settled(): Promise<void>;
  /** Bytes of all slabs and temporaries held. */
  bytes(): number;
  dispose(): void;
}

export interface Device {
  readonly backend: BackendName;
  readonly adapter: string;
  readonly threads: number;
  session(): Session;
  /** Computes `kernel` by its safe form in plans prepared from now on. False where it has none. */
  replace?(kernel: string): boolean;
  dispose(): void;
}
