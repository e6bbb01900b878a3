// Arrays one after another along an axis. On a GPU each input is a dispatch of its own.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type GpuPass, type Spec } from './kernel';
import { axisWgsl, copyRegion, offsetOf, positionOf } from './regions';
import { slice } from './slice';
import { stridesOf } from './strides';
import { gridOver, gridShader } from './wgsl-grid';

type ConcatAttrs = { axis: number };

/** Where each input begins in the output. */
function begins(inputs: readonly Spec[], axis: number): number[][] {
  let at = 0;
  return inputs.map(({ shape }) => {
    const begin = shape.map((_, i) => (i === axis ? at : 0));
    at += shape[axis]!;
    return begin;
  });
}

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });

export const concatenation = defineKernel<ConcatAttrs>({
  name: 'Concat',
  inputs: ['first', 'second', 'more'],
  infer(inputs, { axis }) {
    const [first] = inputs;
    if (!first || first.shape[axis] === undefined) throw new Error(`there is no axis ${axis} to join along`);
    for (const { shape, dtype } of inputs)
      if (dtype !== first.dtype || shape.some((size, i) => i !== axis && size !== first.shape[i]))
        throw new Error(`all sizes but those of axis ${axis} must be equal`);
    const joined = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    return [{ shape: first.shape.map((size, i) => (i === axis ? joined : size)), dtype: first.dtype }];
  },
  reference(inputs, [y], { inputs: specs, outputs: [joined], attrs: { axis } }) {
    begins(specs, axis).forEach((begin, input) => {
      const x = inputs[input]!;
      for (let i = 0; i < x.length; i++) {
        const position = positionOf(specs[input]!.shape, i).map((at, k) => at + begin[k]!);
        y![offsetOf(joined!.shape, position)] = x[i]!;
      }
    });
  },
  wasm: ({ inputs, outputs: [y], attrs: { axis } }) =>
    begins(inputs, axis).map((begin, input) => {
      const { shape } = inputs[input]!;
      return copyRegion(
        { array: { input }, shape, begin: shape.map(() => 0) },
        { array: { output: 0 }, shape: y!.shape, begin },
        shape,
      );
    }),
  webgpu: ({ inputs, outputs: [y], attrs: { axis } }, gpu): GpuPass[] =>
    begins(inputs, axis).map((begin, input) => {
      const spec = inputs[input]!;
      const { workgroups, index } = gridOver(sizeOf(spec), gpu);
      const terms = stridesOf(y!.shape).map((stride, k) => `${axisWgsl(spec.shape, k)} * ${stride}u`);
      const type = spec.dtype === 'int32' ? 'i32' : 'f32';
      const wgsl = gridShader(
        [`var<storage, read> x: array<${type}>`, `var<storage, read_write> y: array<${type}>`],
        `  y[${[`${offsetOf(y!.shape, begin)}u`, ...terms].join(' + ')}] = x[i];`,
        index,
        sizeOf(spec),
      );
      return { wgsl, bindings: [{ input }, { output: 0 }], workgroups };
    }),
  gradient: ([dy], { inputs, attrs: { axis } }) => {
    const specs = inputs.map(({ shape }): Spec => ({ shape, dtype: 'float32' }));
    return begins(specs, axis).map((begin, i) => () => slice(dy!, begin, inputs[i]!.shape));
  },
  cases: [
    { inputs: [float(3), float(61)], attrs: { axis: 0 } },
    { inputs: [float(5, 7), float(5, 1), float(5, 66)], attrs: { axis: 1 } },
    { inputs: [float(2, 3, 4, 5), float(2, 1, 4, 5)], attrs: { axis: 1 } },
    { inputs: [float(9, 3)], attrs: { axis: 0 } },
  ],
  tolerance: 0,
});

/** Joins arrays along `axis`; all other sizes are equal. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  return parts.length === 1 && first ? first : call(concatenation, parts, { axis })[0]!;
}
