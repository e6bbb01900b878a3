// A copy of an array. Recorded only where a value must also stand in a slab (Recorder.copyTo).
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel, sizeOf } from './kernel';
import { elementwise } from './wgsl-elements';

export const copy = defineKernel<Record<string, never>>({
  name: 'Copy',
  inputs: ['x'],
  infer: ([x]) => [x!],
  reference([x], [y]) {
    y!.set(x!);
  },
  wasm: ({ inputs: [x] }) => [{ fn: 'copy', args: [{ input: 0 }, { output: 0 }, sizeOf(x!)] }],
  webgpu: ({ inputs: [x], outputs: [y] }, gpu) => elementwise(gpu, { inputs: [x!], output: y!, value: 'x0[i]' }),
  gradient: ([dy]): (() => Tensor)[] => [() => dy!],
  cases: [1, 63, 65, 1030].map((size) => ({ inputs: [{ shape: [size], dtype: 'float32' }], attrs: {} })),
  tolerance: 0,
});
