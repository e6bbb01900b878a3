// What a kernel is: its shapes, what it computes in plain loops, how each backend computes it, and its gradient as
// calls of other kernels. A kernel is recorded into a plan (workers/tape) and replayed by a backend; it allocates
// nothing and knows nothing of models. Sizes are known when a plan is made, so shaders and argument lists hold them.
import type { Tensor } from '@tensorflow/tfjs-core';

export type Dtype = 'float32' | 'int32';

/** Shape and type of one array, row-major. */
export interface Spec {
  shape: readonly number[];
  dtype: Dtype;
}

/** Settings fixed when the plan is made. Plain data: it crosses to threads and lies in checkpoints. */
export type Attrs = Readonly<Record<string, number | boolean | string | readonly number[]>>;

/** float32 arrays are Float32Array in a run and Float64Array in a gradient check. */
export type Numbers = Float32Array | Float64Array | Int32Array;

/** One call with all sizes known. */
export interface CallShape<A extends Attrs = Attrs> {
  inputs: readonly Spec[];
  outputs: readonly Spec[];
  attrs: A;
}

/** Where an argument lies: an input, an output or a scratch array of the call. */
export type Place = { input: number } | { output: number } | { scratch: number };

/**
 * One call of an exported AssemblyScript function. Places become byte addresses; `thread` and `threads` are added as
 * the last two arguments. Every thread makes the call and does its share of the rows, so that the sum of an element
 * never depends on how many threads there are. All threads wait for each other after each call.
 */
export interface WasmCall {
  fn: string;
  args: readonly (number | Place)[];
}

/** One dispatch. `bindings[i]` is `@group(0) @binding(i)`; read_write for outputs, scratch and mutated inputs. */
export interface GpuPass {
  wgsl: string;
  bindings: readonly Place[];
  workgroups: readonly [number, number, number];
}

/** What a shader may rely on, and which variant of a kernel was measured to be fastest here. */
export interface GpuFacts {
  f16: boolean;
  subgroups: boolean;
  maxWorkgroupSize: number;
  maxWorkgroupsPerDimension: number;
  /** The chosen variant of a kernel for a size class, or the kernel's safe one. Pinned in run and checkpoint. */
  variant(kernel: string, sizeClass: string): string | null;
}

/** What an input of a case is filled with. Normal numbers unless said otherwise. */
export type Fill = 'normal' | 'positive' | 'zeros' | 'mask' | { ids: number } | { values: readonly number[] };

export interface KernelCase<A extends Attrs = Attrs> {
  inputs: readonly (Spec & { fill?: Fill })[];
  attrs: A;
  /** False where the function has kinks or the shape is too large for finite differences. */
  checkGradient?: boolean;
}

export interface Kernel<A extends Attrs = Attrs> {
  name: string;
  inputs: readonly string[];
  /** Specs of the outputs. Throws where shapes do not fit. */
  infer(inputs: readonly Spec[], attrs: A): Spec[];
  /** Inputs updated in place (optimizers). Such a kernel has no gradient. */
  mutates?: readonly number[];
  /** Outputs kept for the gradient alone (a row's mean): nothing flows back through them. */
  statistics?: readonly number[];
  /** Lengths, in 4-byte words, of scratch arrays on wasm and webgpu. `threads` is 1 on webgpu. */
  scratch?(call: CallShape<A>, threads: number): readonly number[];
  /** Plain loops, sums in 64 bits. Writes all of every output. Inputs are float or int arrays as in their specs. */
  reference(inputs: readonly Numbers[], outputs: readonly Numbers[], call: CallShape<A>): void;
  wasm?(call: CallShape<A>): WasmCall[];
  webgpu?(call: CallShape<A>, gpu: GpuFacts): GpuPass[];
  /** Gradient of each input from the gradients of the outputs, made of other kernels; null where there is none. */
  gradient?(
    upstream: readonly Tensor[],
    saved: { inputs: readonly Tensor[]; outputs: readonly Tensor[]; attrs: A },
  ): readonly ((() => Tensor) | null)[];
  cases: readonly KernelCase<A>[];
  /** Largest difference from the reference, over its largest value, that counts as right. */
  tolerance: number;
}

export function defineKernel<A extends Attrs>(
  kernel: Omit<Kernel<A>, 'tolerance'> & { tolerance?: number },
): Kernel<A> {
  return { tolerance: 2e-5, ...kernel };
}

export const sizeOf = (spec: Spec): number => spec.shape.reduce((product, size) => product * size, 1);
