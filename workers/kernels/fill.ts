// Arrays of one value, made on the device.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type Dtype } from './kernel';
import { elementwise, literal } from './wgsl-elements';

export const fill = defineKernel<{ shape: readonly number[]; dtype: Dtype; value: number }>({
  name: 'Fill',
  inputs: [],
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  reference(_, [y], { attrs }) {
    y!.fill(attrs.value);
  },
  wasm: ({ outputs: [y], attrs: { dtype, value } }) => [
    { fn: dtype === 'int32' ? 'fill_integers' : 'fill', args: [{ output: 0 }, sizeOf(y!), value] },
  ],
  webgpu: ({ outputs: [y], attrs: { value } }, gpu) =>
    elementwise(gpu, { inputs: [], output: y!, value: literal(value, y!.dtype) }),
  gradient: () => [],
  cases: [
    { inputs: [], attrs: { shape: [1], dtype: 'float32', value: 3.25 } },
    { inputs: [], attrs: { shape: [5, 13], dtype: 'float32', value: -1 } },
    { inputs: [], attrs: { shape: [257], dtype: 'int32', value: 7 } },
  ],
  tolerance: 0,
});

/** A new array of one value. */
export function full(shape: readonly number[], value: number, dtype: Dtype = 'float32'): Tensor {
  return call(fill, [], { shape, dtype, value })[0]!;
}
