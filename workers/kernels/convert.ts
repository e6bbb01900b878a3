// Whole numbers to floats, and square roots: the single-valued functions that are one instruction.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { divide } from './arithmetic';
import { defineKernel, sizeOf, type KernelCase } from './kernel';
import { scale } from './scale';
import { onlyFloats } from './strides';
import { elementwise } from './wgsl-elements';

type NoAttrs = Record<string, never>;

const cases = (input: Omit<KernelCase['inputs'][number], 'shape'>): KernelCase<NoAttrs>[] =>
  [1, 63, 65, 1030].map((size) => ({ inputs: [{ ...input, shape: [size] }], attrs: {} }));

export const floats = defineKernel<NoAttrs>({
  name: 'ToFloats',
  inputs: ['x'],
  infer([x]) {
    if (x!.dtype !== 'int32') throw new Error('these are floats already');
    return [{ shape: x!.shape, dtype: 'float32' }];
  },
  reference([x], [y]) {
    y!.set(x!);
  },
  wasm: ({ outputs: [y] }) => [{ fn: 'to_floats', args: [{ input: 0 }, { output: 0 }, sizeOf(y!)] }],
  webgpu: ({ inputs, outputs: [y] }, gpu) => elementwise(gpu, { inputs, output: y!, value: 'f32(x0[i])' }),
  gradient: () => [null],
  cases: cases({ dtype: 'int32' }),
  tolerance: 0,
});

export const squareRoot = defineKernel<NoAttrs>({
  name: 'Sqrt',
  inputs: ['x'],
  infer(inputs) {
    onlyFloats(inputs);
    return [inputs[0]!];
  },
  reference([x], [y]) {
    for (let i = 0; i < y!.length; i++) y![i] = Math.sqrt(x![i]!);
  },
  wasm: ({ outputs: [y] }) => [{ fn: 'square_root', args: [{ input: 0 }, { output: 0 }, sizeOf(y!)] }],
  webgpu: ({ inputs, outputs: [y] }, gpu) => elementwise(gpu, { inputs, output: y!, value: 'sqrt(x0[i])' }),
  gradient: ([dy], { outputs: [y] }) => [() => divide(scale(dy!, 0.5), y!)],
  cases: cases({ dtype: 'float32', fill: 'positive' }),
  tolerance: 1e-6,
});

/** √x, element by element. */
export const sqrt = (x: Tensor): Tensor => call(squareRoot, [x], {})[0]!;
