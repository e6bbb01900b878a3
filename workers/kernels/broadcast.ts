// An array repeated to a larger shape, written out. The gradient of a sum; arithmetic repeats without writing.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { sameShape } from '../tape/recording';
import { defineKernel, type CallShape, type Spec } from './kernel';
import { collapse, offsetWgsl, onlyFloats, repeatedStrides, walkOver, type Walk } from './strides';
import { sumTo } from './sum';
import { elementwise } from './wgsl-elements';

/** Number of "the first of the two" in arithmetic.as.ts. */
const first = 4;

const walkOf = ({ inputs: [x], outputs: [y] }: Pick<CallShape, 'inputs' | 'outputs'>): Walk =>
  collapse(y!.shape, [repeatedStrides(x!.shape, y!.shape)]);

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });

export const broadcast = defineKernel<{ shape: readonly number[] }>({
  name: 'Broadcast',
  inputs: ['x'],
  infer(inputs, { shape }) {
    onlyFloats(inputs);
    repeatedStrides(inputs[0]!.shape, shape);
    return [{ shape, dtype: 'float32' }];
  },
  reference([x], [y], shape) {
    walkOver(walkOf(shape), (i, [p]) => (y![i] = x![p!]!));
  },
  wasm(shape) {
    const { sizes, strides } = walkOf(shape);
    const steps = strides[0]!;
    return [
      { fn: 'arithmetic', args: [{ input: 0 }, { input: 0 }, { output: 0 }, first, ...sizes, ...steps, ...steps] },
    ];
  },
  webgpu(shape, gpu) {
    const walk = walkOf(shape);
    const value = `x0[${offsetWgsl(walk, walk.strides[0]!, 'i')}]`;
    return elementwise(gpu, { inputs: shape.inputs, output: shape.outputs[0]!, value });
  },
  gradient: ([dy], { inputs: [x] }) => [() => sumTo(dy!, x!.shape)],
  cases: [
    { inputs: [float()], attrs: { shape: [67] } },
    { inputs: [float(5)], attrs: { shape: [3, 5] } },
    { inputs: [float(13, 1)], attrs: { shape: [13, 9] } },
    { inputs: [float(2, 1, 3)], attrs: { shape: [4, 2, 7, 3] } },
  ],
  tolerance: 0,
});

/** `x` repeated along axes of size 1 and along new leading axes. */
export function broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
  return sameShape(x.shape, shape) ? x : call(broadcast, [x], { shape: [...shape] })[0]!;
}
