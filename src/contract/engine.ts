// What the engine tells about itself: what computes here and how well that is proven, what a recipe takes, and where
// the time of a step goes. Plain data; bytes, milliseconds and seconds as named.
import type { BackendName } from './records';
import type { KernelCheck } from './train';

/** Long questions (tuning, batch sizes, learning rates) tell how far they are. `fraction` is null where unknown. */
export interface EngineProgress {
  phase: string;
  fraction: number | null;
}

/** One backend as it is on this computer. */
export interface BackendFacts {
  backend: BackendName;
  adapter: string;
  usable: boolean;
  /** A GPU interface without a GPU behind it. */
  software: boolean;
  /** Why it cannot start, or why it is (not) the one in use. */
  reason: string;
  inUse: boolean;
  threads: number;
  /** wasm: `simd`, `relaxed-simd`, `threads`; webgpu: the adapter's features, such as `shader-f16`. */
  features: string[];
  /** webgpu: what the adapter allows, by the names of the standard; wasm: `maxMemoryBytes`. */
  limits: Record<string, number>;
  /** Which build of the kernels is used; null on webgpu and cpu. */
  relaxedSimd: boolean | null;
  /** Multiply-adds of a 512³ matrix product, times two, a second; null until it was measured. */
  speed: { gflops: number; at: number } | null;
  certificate: Certificate | null;
  tuning: TuningTable | null;
}

/** The stored truth test of one adapter and one build of the program. */
export interface Certificate {
  at: number;
  build: string;
  /** Which variants of kernels were tested: those of the tuning table; '' for the safe ones. */
  variants?: string;
  state: 'passed' | 'passed-with-replacements' | 'failed';
  seconds: number;
  checks: KernelCheck[];
  /** Kernels that failed in their fast form and are computed by their safe one. */
  replaced: string[];
}

/** Which variant of a kernel is fastest on this adapter, for each class of sizes. */
export interface TuningTable {
  backend: BackendName;
  /** Of the set of variants: a table of another version is measured anew. */
  version: number;
  at: number;
  seconds: number;
  entries: { kernel: string; sizeClass: string; variant: string; tried: { variant: string; ms: number }[] }[];
}

/** What a run holds at its largest, in bytes. `activations` include gradients and scratch. */
export interface MemoryNeed {
  parameters: number;
  optimizer: number;
  activations: number;
  /** Rows as the trainer keeps them. */
  data: number;
}

/** A setting that would make a run fit, or fit better. `bytes`: what the whole run would hold then. */
export interface PlanChange {
  field: string;
  title: string;
  from: unknown;
  to: unknown;
  /** Settings that change with it, by name. */
  also?: Record<string, unknown>;
  bytes: number;
  /** Why, and what it costs, in words. */
  why: string;
}

/** A few real steps of this recipe on this computer, kept for a while by configuration. */
export interface PlanProbe {
  steps: number;
  secondsPerStep: number;
  examplesPerSecond: number;
  backend: BackendName;
  adapter: string;
  at: number;
}

export interface BatchSizePoint {
  batchSize: number;
  /** Null where it does not fit and was not tried. */
  examplesPerSecond: number | null;
  bytes: number;
  fits: boolean;
}
export interface BatchSizeCurve {
  points: BatchSizePoint[];
  /** The largest that fits. */
  largest: number;
  /** The smallest within a tenth of the fastest that leaves an epoch enough steps; `reason` says which of the two. */
  suggested: number;
  reason: string;
}

export interface LearningRatePoint {
  learningRate: number;
  loss: number;
  /** Exponential mean of the losses so far, corrected for its start. */
  smoothed: number;
}
export interface LearningRateRange {
  points: LearningRatePoint[];
  /** Where the smoothed loss falls fastest, and where it is lowest; null where it never falls. */
  steepest: number | null;
  lowest: number | null;
  /** Where the loss became four times its least or no number, and the test ended; null where it did not. */
  diverged?: number | null;
  /** The lower of the steepest and a tenth of the diverged (else of the lowest); null where the loss never falls. */
  suggested: number | null;
  reason: string;
}

/** One kernel call of a step. */
export interface ProfiledCall {
  kernel: string;
  /** Who asked for it: layer, loss or optimizer. */
  scope: string;
  startMs: number;
  durationMs: number;
  /** Read and written. */
  bytes: number;
  dispatches: number;
  /** Floating-point operations; 0 where they are not what counts. */
  flops: number;
}
export interface StepProfile {
  backend: BackendName;
  adapter: string;
  threads: number;
  /** The step that was measured. */
  step: number;
  calls: ProfiledCall[];
  /** From the first call's start to the last one's end. */
  totalMs: number;
  dispatches: number;
  memory: { parameters: number; optimizer: number; temporaries: number; total: number };
  /** The same as a Chrome trace (chrome://tracing, Perfetto): the text of a JSON file. */
  trace: string;
}
