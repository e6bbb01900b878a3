// What a backend is to the rest of the engine: a name, the adapter behind it, whether it can start here, and the device
// once it did.
import type { TuningTable } from '../../src/contract/engine';
import type { BackendName } from '../../src/contract/records';
import type { Device } from './device';

export interface BackendFact {
  backend: BackendName;
  /** What computes, in words: the adapter's name, or the instruction set. */
  adapter: string;
  usable: boolean;
  /** A GPU interface without a GPU behind it: slower than wasm. */
  software: boolean;
  /** Why it cannot start, or why it is (not) the one chosen by itself. */
  reason: string;
  /** Threads it would get; absent = 1. */
  threads?: number;
  /** What a measurement found; null or missing where there was none. */
  speed?: { gflops: number; at: number } | null;
  features?: string[];
  /** By the names of the standard; wasm: `maxMemoryBytes`. */
  limits?: Record<string, number>;
}

export interface StartedBackend {
  backend: BackendName;
  adapter: string;
  threads: number;
  /** Variants of kernels that its plans use; null = the safe ones. */
  tuning: TuningTable | null;
  device: Device;
}
