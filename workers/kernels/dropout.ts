// Dropout from a counter: the mask of a step is a pure function of seed, step and stream (Philox4x32-10), so nothing is
// stored for the backward pass or to resume, and every backend drops the same values.
import type { Tensor } from '@tensorflow/tfjs-core';
import { philox } from '../../src/lib/rng';
import { call } from '../tape/call';
import { defineKernel, sizeOf } from './kernel';
import { expectShape } from './row-shape';
import { literal } from './wgsl-elements';
import { gridOver, gridShader } from './wgsl-grid';
import { philoxWgsl } from './philox.wgsl';

export type DropoutAttrs = {
  /** Share of values that become 0; below 1. */
  rate: number;
  /** Tells layers apart: two dropouts of a model must not have the same. */
  stream: number;
};

/** Words below it are dropped. */
const thresholdOf = (rate: number): number => Math.ceil(rate * 2 ** 32);

const kernel = defineKernel<DropoutAttrs>({
  name: 'Dropout',
  inputs: ['x', 'control'],
  infer([x, control], { rate }) {
    expectShape('Dropout', 'control', control, [4]);
    if (!(rate >= 0 && rate < 1)) throw new Error(`A dropout rate lies from 0 to below 1; this is ${rate}.`);
    return [x!];
  },
  reference([x, control], [y], { attrs: { rate, stream } }) {
    const [seed, seedHigh, step, part] = [...control!];
    const threshold = thresholdOf(rate);
    const kept = 1 / (1 - rate);
    for (let i = 0; i < y!.length; i += 4) {
      const words = philox(i / 4, step!, stream, part!, seed!, seedHigh!);
      for (let j = 0; j < 4 && i + j < y!.length; j++) y![i + j] = words[j]! < threshold ? 0 : x![i + j]! * kept;
    }
  },
  wasm: ({ inputs: [x], attrs: { rate, stream } }) => [
    {
      fn: 'dropout',
      args: [
        ...[{ input: 0 }, { input: 1 }, { output: 0 }],
        ...[sizeOf(x!), thresholdOf(rate) | 0, 1 / (1 - rate), stream | 0],
      ],
    },
  ],
  webgpu({ inputs: [x], attrs: { rate, stream } }, gpu) {
    const count = sizeOf(x!);
    const blocks = Math.ceil(count / 4);
    const { workgroups, index } = gridOver(blocks, gpu);
    const bindings = [
      'var<storage, read> x: array<f32>',
      'var<storage, read> control: array<u32>',
      'var<storage, read_write> y: array<f32>',
    ];
    const body = `${philoxWgsl(['i', 'control[2]', `${stream >>> 0}u`, 'control[3]'], ['control[0]', 'control[1]'])}
  for (var j = 0u; j < 4u && 4u * i + j < ${count}u; j++) {
    y[4u * i + j] = select(x[4u * i + j] * ${literal(1 / (1 - rate))}, 0.0, words[j] < ${thresholdOf(rate)}u);
  }`;
    return [
      {
        wgsl: gridShader(bindings, body, index, blocks),
        bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
        workgroups,
      },
    ];
  },
  gradient: ([dy], { inputs: [, control], attrs }): ((() => Tensor) | null)[] => [
    () => call(kernel, [dy!, control!], attrs)[0]!,
    null,
  ],
  cases: [
    { shape: [1], rate: 0.5 },
    { shape: [63], rate: 0.1 },
    { shape: [64], rate: 0 },
    { shape: [65], rate: 0.9 },
    { shape: [3, 1031], rate: 0.1 },
    { shape: [4, 4096], rate: 0.3 },
  ].map(({ shape, rate }, i) => ({
    inputs: [
      { shape, dtype: 'float32' },
      { shape: [4], dtype: 'int32', fill: { values: [7 - i, i, -3 + i, i % 2] } },
    ],
    attrs: { rate, stream: i * 0x20000001 },
  })),
});

export const dropoutKernels = [kernel];

/**
 * x with a share `rate` of its values set to 0 and the others divided by 1 − rate. `control` (int32 [4]) holds the
 * seed's low and high word, the step and the part of the step (micro-batch); see dropoutControl.
 */
export function dropout(x: Tensor, control: Tensor, attrs: DropoutAttrs): Tensor {
  return attrs.rate === 0 ? x : call(kernel, [x, control], attrs)[0]!;
}

/** What to write into a step's control array. The seed is a whole number up to 2^53, step and part below 2^32. */
export function dropoutControl(seed: number, step: number, part = 0): Int32Array {
  return Int32Array.of(seed | 0, Math.floor(seed / 2 ** 32), step | 0, part | 0);
}
