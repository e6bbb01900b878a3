// SwiGLU: silu(gate) × up, forward and backward fused into one pass each.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type KernelCase } from './kernel';
import { sameShapes, type NoAttrs } from './map-kernels';
import { once } from './once';
import { elementwise } from './wgsl-elements';
import { gridOver, gridShader } from './wgsl-grid';

const cases = (count: number): KernelCase<NoAttrs>[] =>
  [[1], [63], [64], [65], [3, 37], [9, 344]].map((shape) => ({
    inputs: Array.from({ length: count }, () => ({ shape, dtype: 'float32' as const })),
    attrs: {},
  }));

const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));
const sigmoidWgsl = 'let s = 1.0 / (1.0 + exp(-clamp(x0[i], -88.0, 88.0)));';

/** (gate, up, dy) → (gradient of gate, gradient of up). */
const swiGluGradient = defineKernel<NoAttrs>({
  name: 'SwiGluGradient',
  inputs: ['gate', 'up', 'dy'],
  infer: (inputs) => {
    sameShapes('SwiGluGradient', inputs);
    return [inputs[0]!, inputs[1]!];
  },
  reference([gate, up, dy], [dGate, dUp]) {
    for (let i = 0; i < dy!.length; i++) {
      const s = sigmoidOf(gate![i]!);
      dGate![i] = dy![i]! * up![i]! * s * (1 + gate![i]! * (1 - s));
      dUp![i] = dy![i]! * gate![i]! * s;
    }
  },
  wasm: ({ inputs: [gate] }) => [
    {
      fn: 'swi_glu_gradient',
      args: [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }, { output: 1 }, sizeOf(gate!)],
    },
  ],
  webgpu({ inputs: [gate] }, gpu) {
    const count = sizeOf(gate!);
    const { workgroups, index } = gridOver(count, gpu);
    const bindings = [
      ...[0, 1, 2].map((i) => `var<storage, read> x${i}: array<f32>`),
      ...[0, 1].map((i) => `var<storage, read_write> y${i}: array<f32>`),
    ];
    const body = `  ${sigmoidWgsl}
  y0[i] = x2[i] * x1[i] * s * (1.0 + x0[i] * (1.0 - s));
  y1[i] = x2[i] * x0[i] * s;`;
    return [
      {
        wgsl: gridShader(bindings, body, index, count),
        bindings: [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }, { output: 1 }],
        workgroups,
      },
    ];
  },
  cases: cases(3),
});

/** (gate, up) → silu(gate) × up; all of one shape. */
const swiGluKernel = defineKernel<NoAttrs>({
  name: 'SwiGlu',
  inputs: ['gate', 'up'],
  infer: (inputs) => {
    sameShapes('SwiGlu', inputs);
    return [inputs[0]!];
  },
  reference([gate, up], [y]) {
    for (let i = 0; i < y!.length; i++) y![i] = gate![i]! * sigmoidOf(gate![i]!) * up![i]!;
  },
  wasm: ({ inputs: [gate] }) => [{ fn: 'swi_glu', args: [{ input: 0 }, { input: 1 }, { output: 0 }, sizeOf(gate!)] }],
  webgpu: ({ inputs, outputs: [y] }, gpu) =>
    elementwise(gpu, { inputs, output: y!, before: sigmoidWgsl, value: 'x0[i] * s * x1[i]' }),
  gradient: ([dy], { inputs: [gate, up] }): (() => Tensor)[] => {
    const both = once(() => call(swiGluGradient, [gate!, up!, dy!], {}));
    return [() => both()[0]!, () => both()[1]!];
  },
  cases: cases(2),
});

/** silu(gate) × up; all of one shape. */
export const swiGlu = (gate: Tensor, up: Tensor): Tensor => call(swiGluKernel, [gate, up], {})[0]!;

export const swiGluKernels = [swiGluKernel, swiGluGradient];
