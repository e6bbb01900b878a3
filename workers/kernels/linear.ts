// Linear layers: x·W + b with ReLU fused, and the gradient of weights with that of the bias fused. The gradient of x is a
// MatMul. Other activations are kernels of their own (activations.ts): fused they gain nothing on wasm.
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { reluGradient } from './activations';
import { columnSumPasses } from './column-sum.wgsl';
import { defineKernel, type CallShape, type Kernel, type KernelCase, type Spec } from './kernel';
import { matMul } from './matmul';
import { matmulPasses } from './matmul.wgsl';
import { productCall, productOutput, productReference, productScratch, productShape } from './matmul-product';
import { once } from './once';

export type LinearAttrs = {
  /** How W lies: [in, out], or [out, in] as in PyTorch's checkpoints. */
  weightLayout: 'in-out' | 'out-in';
  activation: 'none' | 'relu';
};

const linearShape = ({ inputs: [x, w], attrs }: Pick<CallShape<LinearAttrs>, 'inputs' | 'attrs'>) =>
  productShape(x!, w!, false, attrs.weightLayout === 'out-in');
const finishOf = ({ activation }: LinearAttrs) => ({ relu: activation === 'relu' });
const linearPlaces = { a: { input: 0 }, b: { input: 1 }, out: { output: 0 } };
const withBias = ({ inputs }: CallShape<LinearAttrs>) =>
  inputs.length > 2 ? { ...linearPlaces, bias: { input: 2 } } : linearPlaces;

/** x [..., in] · W + bias [out] (may be left out) → activation → [..., out]. */
export const linearKernel: Kernel<LinearAttrs> = defineKernel<LinearAttrs>({
  name: 'Linear',
  inputs: ['x', 'w', 'bias'],
  infer([x, w, bias], attrs) {
    const shape = linearShape({ inputs: [x!, w!], attrs });
    if (w!.shape.length !== 2) throw new Error('the weights must be a matrix.');
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== shape.n))
      throw new Error(`the bias must have ${shape.n} numbers.`);
    return [productOutput(x!, w!, shape)];
  },
  reference: ([x, w, bias], [out], shape) =>
    productReference(linearShape(shape), x!, w!, out!, finishOf(shape.attrs), bias),
  scratch: (shape, threads) => productScratch(linearShape(shape), threads),
  wasm: (shape) => [productCall(linearShape(shape), withBias(shape), finishOf(shape.attrs))],
  webgpu: (shape, gpu) =>
    matmulPasses(linearShape(shape), linearPlaces, gpu, {
      activation: shape.attrs.activation,
      ...(shape.inputs.length > 2 ? { bias: { input: 2 } } : {}),
    }),
  gradient([upstream], { inputs: [x, w, bias], outputs: [y], attrs }) {
    const { weightLayout, activation } = attrs;
    const g = once(() => (activation === 'relu' ? reluGradient(y!, upstream!) : upstream!));
    const parts = once(() =>
      call(linearWeightGradient, [rows(x!), rows(g())], { weightLayout, bias: bias !== undefined }),
    );
    return [
      () => matMul(g(), w!, { transposeB: weightLayout === 'in-out' }),
      () => parts()[0]!,
      ...(bias ? [() => parts()[1]!] : []),
    ];
  },
  cases: (['in-out', 'out-in'] as const).flatMap((weightLayout) => [
    ...linearCase([5, 7], 3, { weightLayout, activation: 'none' }),
    ...linearCase([2, 5, 9], 17, { weightLayout, activation: 'none' }),
    ...linearCase([1, 20], 33, { weightLayout, activation: 'none' }),
    ...linearCase([16, 24], 8, { weightLayout, activation: 'relu' }, { checkGradient: false }),
    ...linearCase([100, 600], 30, { weightLayout, activation: 'relu' }, { checkGradient: false }),
    ...linearCase([40, 11], 9, { weightLayout, activation: 'none' }, { bias: false }),
  ]),
});

export type WeightGradientAttrs = { weightLayout: 'in-out' | 'out-in'; bias: boolean };

/** xᵀ·g or gᵀ·x, by the layout. */
function weightGradientShape({ inputs: [x, g], attrs }: Pick<CallShape<WeightGradientAttrs>, 'inputs' | 'attrs'>) {
  return attrs.weightLayout === 'in-out' ? productShape(x!, g!, true, false) : productShape(g!, x!, true, false);
}

function gradientPlaces({ weightLayout, bias }: WeightGradientAttrs) {
  const inOut = weightLayout === 'in-out';
  const sums = bias ? (inOut ? { sumsB: { output: 1 } } : { sumsA: { output: 1 } }) : {};
  return { a: { input: inOut ? 0 : 1 }, b: { input: inOut ? 1 : 0 }, out: { output: 0 }, ...sums };
}

/** x [rows, in], g [rows, out] → the gradient of W, and of the bias (the sums of g over its rows). */
export const linearWeightGradient: Kernel<WeightGradientAttrs> = defineKernel<WeightGradientAttrs>({
  name: 'LinearWeightGradient',
  inputs: ['x', 'g'],
  infer(inputs, attrs) {
    const { m, n } = weightGradientShape({ inputs, attrs });
    const weights: Spec = { shape: [m, n], dtype: 'float32' };
    return attrs.bias ? [weights, { shape: [inputs[1]!.shape[1]!], dtype: 'float32' }] : [weights];
  },
  reference([x, g], [weights, bias], shape) {
    const [a, b] = shape.attrs.weightLayout === 'in-out' ? [x!, g!] : [g!, x!];
    productReference(weightGradientShape(shape), a, b, weights!);
    if (!bias) return;
    bias.fill(0);
    for (let column = 0; column < bias.length; column++) {
      let sum = 0;
      for (let at = column; at < g!.length; at += bias.length) sum += g![at]!;
      bias[column] = sum;
    }
  },
  scratch: (shape, threads) => productScratch(weightGradientShape(shape), threads, shape.attrs.bias),
  wasm: (shape) => [productCall(weightGradientShape(shape), gradientPlaces(shape.attrs))],
  webgpu(shape, gpu) {
    const { a, b, out } = gradientPlaces(shape.attrs);
    const passes = matmulPasses(weightGradientShape(shape), { a, b, out }, gpu);
    const [rowCount, columns] = shape.inputs[1]!.shape;
    if (shape.attrs.bias) passes.push(...columnSumPasses(rowCount!, columns!, { input: 1 }, { output: 1 }));
    return passes;
  },
  cases: (['in-out', 'out-in'] as const).flatMap((weightLayout) =>
    [true, false].flatMap((bias) =>
      [
        [5, 3, 7],
        [40, 17, 9],
        [530, 97, 21],
        [6, 1, 3],
        [30, 130, 1],
      ].map(([count, width, out]) => ({
        inputs: [float([count!, width!]), float([count!, out!])],
        attrs: { weightLayout, bias },
      })),
    ),
  ),
});

/** x·W + bias; shapes as in linearKernel. Only while a plan is recorded. */
export function linear(
  x: Tensor,
  w: Tensor,
  bias?: Tensor,
  { weightLayout = 'in-out', activation = 'none' }: Partial<LinearAttrs> = {},
): Tensor {
  return call(linearKernel, bias ? [x, w, bias] : [x, w], { weightLayout, activation })[0]!;
}

const rows = (x: Tensor): Tensor => {
  const width = x.shape[x.rank - 1]!;
  return x.rank === 2 ? x : reshape(x, [x.size / width, width]);
};

function float(shape: readonly number[]) {
  return { shape, dtype: 'float32' as const };
}

function linearCase(
  x: readonly number[],
  out: number,
  attrs: LinearAttrs,
  { bias = true, checkGradient = true } = {},
): KernelCase<LinearAttrs>[] {
  const width = x[x.length - 1]!;
  const w = float(attrs.weightLayout === 'in-out' ? [width, out] : [out, width]);
  return [{ inputs: bias ? [float(x), w, float([out])] : [float(x), w], attrs, checkGradient }];
}
