// Axes in another order. Products need none: they take their factors transposed (matmul.ts).
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, type CallShape, type Spec, type WasmCall } from './kernel';
import { collapse, offsetWgsl, stridesOf, walkOver, type Walk } from './strides';
import { elementwise } from './wgsl-elements';

type TransposeAttrs = { order: readonly number[] };

/** Over the output in its order: strides in the input, then in the output. */
function walkOf({ inputs: [x], outputs: [y], attrs: { order } }: CallShape<TransposeAttrs>): Walk {
  const strides = stridesOf(x!.shape);
  return collapse(y!.shape, [order.map((axis) => strides[axis]!), stridesOf(y!.shape)]);
}

const array = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });

export const transposition = defineKernel<TransposeAttrs>({
  name: 'Transpose',
  inputs: ['x'],
  infer([x], { order }) {
    const { shape, dtype } = x!;
    if (order.length !== shape.length || shape.some((_, axis) => !order.includes(axis)))
      throw new Error(`[${order.join()}] is no order of ${shape.length} axes`);
    return [{ shape: order.map((axis) => shape[axis]!), dtype }];
  },
  reference([x], [y], shape) {
    walkOver(walkOf(shape), (i, [from]) => (y![i] = x![from!]!));
  },
  wasm(shape): WasmCall[] {
    const walk = walkOf(shape);
    const { sizes } = walk;
    const [from, to] = walk.strides as [number[], number[]];
    const across = from.findIndex((stride, axis) => stride === 1 && sizes[axis]! > 1);
    if (across < 0 || across === 3)
      return [{ fn: 'copy_strided', args: [{ input: 0 }, { output: 0 }, 0, 0, ...sizes, ...from, ...to] }];
    const around = [0, 1, 2].filter((axis) => axis !== across);
    const of = (numbers: readonly number[]): number[] => around.map((axis) => numbers[axis]!);
    const plane = [sizes[across]!, sizes[3]!, from[3]!, to[across]!];
    return [{ fn: 'transpose', args: [{ input: 0 }, { output: 0 }, ...of(sizes), ...of(from), ...of(to), ...plane] }];
  },
  webgpu(shape, gpu) {
    const walk = walkOf(shape);
    const value = `x0[${offsetWgsl(walk, walk.strides[0]!, 'i')}]`;
    return elementwise(gpu, { inputs: shape.inputs, output: shape.outputs[0]!, value });
  },
  gradient: ([dy], { attrs: { order } }) => [
    () =>
      transpose(
        dy!,
        order.map((_, axis) => order.indexOf(axis)),
      ),
  ],
  cases: [
    { inputs: [array(1, 7)], attrs: { order: [1, 0] } },
    { inputs: [array(33, 18)], attrs: { order: [1, 0] } },
    { inputs: [array(5, 8, 3)], attrs: { order: [0, 2, 1] } },
    { inputs: [array(2, 7, 3, 9)], attrs: { order: [0, 2, 1, 3] } },
    { inputs: [array(3, 5, 2, 6)], attrs: { order: [3, 1, 0, 2] } },
    { inputs: [{ shape: [4, 3, 5], dtype: 'int32' }], attrs: { order: [2, 1, 0] } },
  ],
  tolerance: 0,
});

/** Axis i of the result is axis order[i] of `x`; by default all in reverse. */
export function transpose(x: Tensor, order: readonly number[] = x.shape.map((_, axis) => x.rank - 1 - axis)): Tensor {
  return call(transposition, [x], { order: [...order] })[0]!;
}
