// Sum, difference, product and quotient of two arrays, either of them repeated to the other's shape (a bias, a scalar,
// a column). tfjs's tape adds gradients with Add.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, type CallShape, type GpuPass, type Kernel, type KernelCase, type WasmCall } from './kernel';
import { scale } from './scale';
import { collapse, commonShape, offsetWgsl, onlyFloats, repeatedStrides, walkOver, type Walk } from './strides';
import { sumTo } from './sum';
import { elementwise } from './wgsl-elements';

type NoAttrs = Record<string, never>;
type Pair = readonly [Tensor, Tensor];

/** Numbers of the operations in arithmetic.as.ts. */
const operations = { '+': 0, '-': 1, '*': 2, '/': 3 } as const;

interface Operation {
  name: string;
  symbol: keyof typeof operations;
  compute(a: number, b: number): number;
  /** Gradients before they are summed over repeated axes. */
  gradient(dy: Tensor, inputs: Pair, output: Tensor): [() => Tensor, () => Tensor];
}

function walkOf({ inputs: [a, b], outputs: [y] }: Pick<CallShape, 'inputs' | 'outputs'>): Walk {
  return collapse(
    y!.shape,
    [a!, b!].map(({ shape }) => repeatedStrides(shape, y!.shape)),
  );
}

function defineOperation({ name, symbol, compute, gradient }: Operation): Kernel<NoAttrs> {
  return defineKernel<NoAttrs>({
    name,
    inputs: ['a', 'b'],
    infer(inputs) {
      onlyFloats(inputs);
      return [{ shape: commonShape(inputs[0]!.shape, inputs[1]!.shape), dtype: 'float32' }];
    },
    reference([a, b], [y], shape) {
      walkOver(walkOf(shape), (i, [p, q]) => (y![i] = compute(a![p!]!, b![q!]!)));
    },
    wasm(shape): WasmCall[] {
      const { sizes, strides } = walkOf(shape);
      const args = [{ input: 0 }, { input: 1 }, { output: 0 }, operations[symbol], ...sizes, ...strides.flat()];
      return [{ fn: 'arithmetic', args }];
    },
    webgpu(shape, gpu): GpuPass[] {
      const walk = walkOf(shape);
      const [a, b] = walk.strides.map((strides, i) => `x${i}[${offsetWgsl(walk, strides, 'i')}]`);
      return elementwise(gpu, { inputs: shape.inputs, output: shape.outputs[0]!, value: `${a} ${symbol} ${b}` });
    },
    gradient([dy], { inputs: [a, b], outputs: [y] }) {
      const [forA, forB] = gradient(dy!, [a!, b!], y!);
      return [() => sumTo(forA(), a!.shape), () => sumTo(forB(), b!.shape)];
    },
    cases,
    // One rounding on each side; division is allowed 2.5 units in the last place by WGSL.
    tolerance: symbol === '/' ? 1e-6 : 2e-7,
  });
}

const float = (...shape: number[]): KernelCase['inputs'][number] => ({ shape, dtype: 'float32' });
const cases: readonly KernelCase<NoAttrs>[] = [
  [[1], [1]],
  [[63], [63]],
  [[7, 11], [11]],
  [[130, 3], []],
  [
    [5, 9],
    [5, 1],
  ],
  [
    [1, 6],
    [4, 1],
  ],
  [
    [3, 1, 5, 2],
    [2, 5, 1],
  ],
  [
    [2, 3, 37],
    [2, 1, 37],
  ],
].map(([a, b]) => ({ inputs: [float(...a!), { ...float(...b!), fill: 'positive' }], attrs: {} }));

export const addition = defineOperation({
  name: 'Add',
  symbol: '+',
  compute: (a, b) => a + b,
  gradient: (dy) => [() => dy, () => dy],
});
export const subtraction = defineOperation({
  name: 'Subtract',
  symbol: '-',
  compute: (a, b) => a - b,
  gradient: (dy) => [() => dy, () => scale(dy, -1)],
});
export const multiplication = defineOperation({
  name: 'Multiply',
  symbol: '*',
  compute: (a, b) => a * b,
  gradient: (dy, [a, b]) => [() => multiply(dy, b), () => multiply(dy, a)],
});
export const division = defineOperation({
  name: 'Divide',
  symbol: '/',
  compute: (a, b) => a / b,
  gradient: (dy, [, b], y) => [() => divide(dy, b), () => scale(divide(multiply(dy, y), b), -1)],
});

export const arithmeticKernels = [addition, subtraction, multiplication, division] as const;

/** a + b, element by element; shapes are brought to one by repeating axes of size 1. */
export const add = (a: Tensor, b: Tensor): Tensor => call(addition, [a, b], {})[0]!;
/** a - b. */
export const subtract = (a: Tensor, b: Tensor): Tensor => call(subtraction, [a, b], {})[0]!;
/** a × b. */
export const multiply = (a: Tensor, b: Tensor): Tensor => call(multiplication, [a, b], {})[0]!;
/** a / b. */
export const divide = (a: Tensor, b: Tensor): Tensor => call(division, [a, b], {})[0]!;
