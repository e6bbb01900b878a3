// Kernels that apply one function to every element, each with the kernel of its gradient. What the functions are
// stands in activations.ts and activations.as.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type Kernel, type KernelCase } from './kernel';
import { elementwise } from './wgsl-elements';

export type NoAttrs = Record<string, never>;

export interface MapFunction {
  name: string;
  /** Name of the AssemblyScript function; its gradient's is `${fn}_gradient`. */
  fn: string;
  value(x: number): number;
  /** The derivative, from the argument or from the result: what the backward pass has to keep. */
  slope(v: number): number;
  slopeFrom: 'argument' | 'result';
  /** WGSL expressions of `x0[i]` (argument, or what `slopeFrom` says), and declarations before them. */
  wgsl: { before?: string; value: string; slopeBefore?: string; slope: string };
  fill?: 'normal' | 'positive';
  /** False where the function has a kink. */
  smooth?: boolean;
}

const sizes: readonly (readonly number[])[] = [[1], [63], [64], [65], [7, 9], [13, 257]];

/** Refuses a kernel's inputs where their shapes differ. */
export function sameShapes(name: string, inputs: readonly { shape: readonly number[] }[]): void {
  const [first, ...others] = inputs.map(({ shape }) => shape.join(' × '));
  for (const other of others)
    if (other !== first) throw new Error(`${name} needs arrays of one shape; these are ${first} and ${other}.`);
}

export interface Mapped {
  kernels: readonly [forward: Kernel<NoAttrs>, backward: Kernel<NoAttrs>];
  apply(x: Tensor): Tensor;
  /** `v` is the argument or the result, as `slopeFrom` says. */
  applyGradient(v: Tensor, dy: Tensor): Tensor;
}

/** The kernel of the function and that of its gradient, and both as functions of tensors. */
export function defineMap(map: MapFunction): Mapped {
  const { name, fn, value, slope, slopeFrom, wgsl, fill = 'normal', smooth = true } = map;
  const filled = (shape: readonly number[]): KernelCase['inputs'][number] => ({ shape, dtype: 'float32', fill });
  const backward = defineKernel<NoAttrs>({
    name: `${name}Gradient`,
    inputs: [slopeFrom === 'argument' ? 'x' : 'y', 'dy'],
    infer: (inputs) => {
      sameShapes(`${name}Gradient`, inputs);
      return [inputs[1]!];
    },
    reference([v, dy], [dx]) {
      for (let i = 0; i < dx!.length; i++) dx![i] = dy![i]! * slope(v![i]!);
    },
    wasm: ({ outputs: [dx] }) => [
      { fn: `${fn}_gradient`, args: [{ input: 0 }, { input: 1 }, { output: 0 }, sizeOf(dx!)] },
    ],
    webgpu: ({ inputs, outputs: [dx] }, gpu) =>
      elementwise(gpu, {
        inputs,
        output: dx!,
        before: wgsl.slopeBefore ?? '',
        value: `x1[i] * (${wgsl.slope})`,
      }),
    cases: sizes.map((shape) => ({ inputs: [filled(shape), { shape, dtype: 'float32' }], attrs: {} })),
  });
  const forward = defineKernel<NoAttrs>({
    name,
    inputs: ['x'],
    infer: ([x]) => [x!],
    reference([x], [y]) {
      for (let i = 0; i < y!.length; i++) y![i] = value(x![i]!);
    },
    wasm: ({ outputs: [y] }) => [{ fn, args: [{ input: 0 }, { output: 0 }, sizeOf(y!)] }],
    webgpu: ({ inputs, outputs: [y] }, gpu) =>
      elementwise(gpu, { inputs, output: y!, before: wgsl.before ?? '', value: wgsl.value }),
    gradient: ([dy], { inputs, outputs }): (() => Tensor)[] => [
      () => call(backward, [slopeFrom === 'argument' ? inputs[0]! : outputs[0]!, dy!], {})[0]!,
    ],
    cases: sizes.map((shape) => ({ inputs: [filled(shape)], attrs: {}, checkGradient: smooth })),
  });
  return {
    kernels: [forward, backward],
    apply: (x) => call(forward, [x], {})[0]!,
    applyGradient: (v, dy) => call(backward, [v, dy], {})[0]!,
  };
}
