// A box cut out of an array; and, as its gradient, an array put into a larger one of zeros.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type Dtype, type Spec } from './kernel';
import { axisWgsl, copyRegion, offsetOf, positionOf } from './regions';
import { stridesOf } from './strides';
import { elementwise, literal } from './wgsl-elements';

const zeros = (shape: readonly number[]): number[] => shape.map(() => 0);
const array = (dtype: Dtype, ...shape: number[]): Spec => ({ shape, dtype });

export const slicing = defineKernel<{ begin: readonly number[]; size: readonly number[] }>({
  name: 'Slice',
  inputs: ['x'],
  infer([x], { begin, size }) {
    const { shape, dtype } = x!;
    if (begin.length !== shape.length || size.length !== shape.length)
      throw new Error(`a slice of ${shape.length} axes needs as many positions and sizes`);
    if (!shape.every((whole, axis) => begin[axis]! >= 0 && begin[axis]! + size[axis]! <= whole))
      throw new Error(`[${size.join()}] from [${begin.join()}] does not lie in [${shape.join()}]`);
    return [{ shape: size, dtype }];
  },
  reference([x], [y], { inputs: [spec], attrs: { begin, size } }) {
    const { shape } = spec!;
    for (let i = 0; i < y!.length; i++)
      y![i] =
        x![
          offsetOf(
            shape,
            positionOf(size, i).map((at, axis) => at + begin[axis]!),
          )
        ]!;
  },
  wasm: ({ inputs: [x], attrs: { begin, size } }) => [
    copyRegion(
      { array: { input: 0 }, shape: x!.shape, begin },
      { array: { output: 0 }, shape: size, begin: zeros(size) },
      size,
    ),
  ],
  webgpu({ inputs, outputs: [y], attrs: { begin, size } }, gpu) {
    const { shape } = inputs[0]!;
    const terms = stridesOf(shape).flatMap((stride, axis) =>
      size[axis] === 1 ? [] : [`${axisWgsl(size, axis)} * ${stride}u`],
    );
    const value = `x0[${[`${offsetOf(shape, begin)}u`, ...terms].join(' + ')}]`;
    return elementwise(gpu, { inputs, output: y!, value });
  },
  gradient: ([dy], { inputs: [x], attrs: { begin, size } }) => [
    () =>
      pad(
        dy!,
        begin,
        x!.shape.map((whole, axis) => whole - begin[axis]! - size[axis]!),
      ),
  ],
  cases: [
    { inputs: [array('float32', 67)], attrs: { begin: [3], size: [61] } },
    { inputs: [array('float32', 9, 130)], attrs: { begin: [2, 0], size: [5, 130] } },
    { inputs: [array('float32', 9, 13)], attrs: { begin: [0, 4], size: [9, 1] } },
    { inputs: [array('int32', 3, 4, 5, 6)], attrs: { begin: [1, 1, 2, 3], size: [2, 3, 3, 2] } },
  ],
  tolerance: 0,
});

export const padding = defineKernel<{ before: readonly number[]; after: readonly number[]; value: number }>({
  name: 'Pad',
  inputs: ['x'],
  infer([x], { before, after }) {
    const { shape, dtype } = x!;
    if (before.length !== shape.length || after.length !== shape.length || [...before, ...after].some((n) => n < 0))
      throw new Error(`padding ${shape.length} axes needs as many amounts before and after`);
    return [{ shape: shape.map((size, axis) => before[axis]! + size + after[axis]!), dtype }];
  },
  reference([x], [y], { inputs: [spec], outputs: [padded], attrs: { before, value } }) {
    y!.fill(value);
    for (let i = 0; i < x!.length; i++) {
      const position = positionOf(spec!.shape, i).map((at, axis) => at + before[axis]!);
      y![offsetOf(padded!.shape, position)] = x![i]!;
    }
  },
  wasm: ({ inputs: [x], outputs: [y], attrs: { before, value } }) => [
    { fn: x!.dtype === 'int32' ? 'fill_integers' : 'fill', args: [{ output: 0 }, sizeOf(y!), value] },
    copyRegion(
      { array: { input: 0 }, shape: x!.shape, begin: zeros(x!.shape) },
      { array: { output: 0 }, shape: y!.shape, begin: before },
      x!.shape,
    ),
  ],
  webgpu({ inputs, outputs: [y], attrs: { before, value } }, gpu) {
    const { shape, dtype } = inputs[0]!;
    const strides = stridesOf(shape);
    const inside = ['true'];
    const at = ['0u'];
    const names = y!.shape.map((size, axis) => {
      const moved = size !== shape[axis];
      if (moved) inside.push(`p${axis} >= ${before[axis]!}u && p${axis} < ${before[axis]! + shape[axis]!}u`);
      at.push(`(p${axis} - ${before[axis]!}u) * ${strides[axis]!}u`);
      return `let p${axis} = ${axisWgsl(y!.shape, axis)};`;
    });
    const declared = `${names.join(' ')}
  var value = ${literal(value, dtype)};
  if (${inside.join(' && ')}) { value = x0[${at.join(' + ')}]; }`;
    return elementwise(gpu, { inputs, output: y!, before: declared, value: 'value' });
  },
  gradient: ([dy], { inputs: [x], attrs: { before } }) => [() => slice(dy!, before, x!.shape)],
  cases: [
    { inputs: [array('float32', 61)], attrs: { before: [3], after: [2], value: 0 } },
    { inputs: [array('float32', 5, 13)], attrs: { before: [0, 2], after: [1, 0], value: -2.5 } },
    { inputs: [array('int32', 2, 3, 1, 5)], attrs: { before: [1, 0, 2, 3], after: [0, 2, 0, 1], value: 7 } },
  ],
  tolerance: 0,
});

/** The box of `size` elements that begins at `begin`. */
export function slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
  return call(slicing, [x], { begin: [...begin], size: [...size] })[0]!;
}

/** `x` with so many elements of `value` before and after it along each axis. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor {
  return call(padding, [x], { before: [...before], after: [...after], value })[0]!;
}
