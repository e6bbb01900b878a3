// An array times a number, plus a number, both fixed in the plan. A factor that changes from step to step is an input
// and multiplied (arithmetic.ts).
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf } from './kernel';
import { onlyFloats } from './strides';
import { elementwise, literal } from './wgsl-elements';

export const scaling = defineKernel<{ factor: number; shift: number }>({
  name: 'Scale',
  inputs: ['x'],
  infer(inputs) {
    onlyFloats(inputs);
    return [inputs[0]!];
  },
  reference([x], [y], { attrs: { factor, shift } }) {
    for (let i = 0; i < y!.length; i++) y![i] = x![i]! * factor + shift;
  },
  wasm: ({ outputs: [y], attrs: { factor, shift } }) => [
    { fn: 'scale', args: [{ input: 0 }, { output: 0 }, sizeOf(y!), factor, shift] },
  ],
  webgpu: ({ inputs, outputs: [y], attrs: { factor, shift } }, gpu) =>
    elementwise(gpu, { inputs, output: y!, value: `fma(x0[i], ${literal(factor)}, ${literal(shift)})` }),
  gradient: ([dy], { attrs: { factor } }) => [() => scale(dy!, factor)],
  cases: [1, 63, 65, 1027].map((size, i) => ({
    inputs: [{ shape: [size], dtype: 'float32' }],
    attrs: { factor: [-1, 0.5, 3, 0.1][i]!, shift: i - 1 },
  })),
  tolerance: 1e-6,
});

/** factor × x + shift. */
export function scale(x: Tensor, factor: number, shift = 0): Tensor {
  return factor === 1 && shift === 0 ? x : call(scaling, [x], { factor, shift })[0]!;
}
