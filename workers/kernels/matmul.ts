// MatMul: A·B in all four transposes, alone or in a batch, times a factor. Linear layers are in linear.ts.
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, type CallShape, type Kernel, type KernelCase } from './kernel';
import { matmulPasses } from './matmul.wgsl';
import { productCall, productOutput, productReference, productScratch, productShape } from './matmul-product';

export type MatMulAttrs = {
  transposeA: boolean;
  transposeB: boolean;
  /** The product is multiplied by it. */
  alpha: number;
};

const shapeOf = ({ inputs: [a, b], attrs }: CallShape<MatMulAttrs>) =>
  productShape(a!, b!, attrs.transposeA, attrs.transposeB);
const places = { a: { input: 0 }, b: { input: 1 }, out: { output: 0 } };

/**
 * A [..., m, k] (or [..., k, m]) times B [..., k, n] (or [..., n, k]) → [..., m, n]. Leading sizes are equal, or B is a
 * matrix and A is not transposed.
 */
export const matMulKernel: Kernel<MatMulAttrs> = defineKernel<MatMulAttrs>({
  name: 'MatMul',
  inputs: ['a', 'b'],
  infer: ([a, b], { transposeA, transposeB }) => [productOutput(a!, b!, productShape(a!, b!, transposeA, transposeB))],
  reference: ([a, b], [out], shape) => productReference(shapeOf(shape), a!, b!, out!, { alpha: shape.attrs.alpha }),
  scratch: (shape, threads) => productScratch(shapeOf(shape), threads),
  wasm: (shape) => [productCall(shapeOf(shape), places, { alpha: shape.attrs.alpha })],
  webgpu: (shape, gpu) => matmulPasses(shapeOf(shape), places, gpu, { scale: shape.attrs.alpha }),
  gradient: ([g], { inputs: [a, b], attrs: { transposeA, transposeB, alpha } }) => [
    () =>
      transposeA
        ? matMul(b!, g!, { transposeA: transposeB, transposeB: true, alpha })
        : leftGradient(g!, b!, transposeB, alpha),
    () => rightGradient(a!, b!, g!, transposeA, transposeB, alpha),
  ],
  cases: [
    ...[false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB) => [
        ...sized([3, 5, 4], transposeA, transposeB),
        ...sized([17, 9, 21], transposeA, transposeB, 0.5),
        ...sized([8, 16, 8], transposeA, transposeB),
        ...sized([97, 530, 35], transposeA, transposeB, 1, false),
        ...batched([3, 5], [6, 7, 5], transposeA, transposeB),
      ]),
    ),
    ...sized([1, 1, 1]),
    ...sized([1, 37, 50], false, true),
    ...sized([1, 37, 50]),
    ...sized([40, 6, 1]),
    ...sized([200, 1, 130], false, false, 1, false),
    ...sized([9, 300, 700], false, false, 1, false),
    ...batched([2], [9, 520, 12], false, true, false),
    { inputs: [float([2, 3, 5]), float([5, 4])], attrs: { transposeA: false, transposeB: false, alpha: 1 } },
    { inputs: [float([2, 1, 3, 5]), float([4, 5])], attrs: { transposeA: false, transposeB: true, alpha: 2 } },
  ],
});

const leftGradient = (g: Tensor, b: Tensor, transposeB: boolean, alpha: number): Tensor =>
  matMul(g, b, { transposeB: !transposeB, alpha });

function rightGradient(
  a: Tensor,
  b: Tensor,
  g: Tensor,
  transposeA: boolean,
  transposeB: boolean,
  alpha: number,
): Tensor {
  // Against one matrix the leading sizes of A are rows, and the gradient sums over them.
  const flat = (x: Tensor): Tensor =>
    b.rank === 2 && x.rank > 2 ? reshape(x, [x.size / x.shape[x.rank - 1]!, x.shape[x.rank - 1]!]) : x;
  return transposeB
    ? matMul(flat(g), flat(a), { transposeA: true, transposeB: transposeA, alpha })
    : matMul(flat(a), flat(g), { transposeA: !transposeA, alpha });
}

/** A·B; shapes as in matMulKernel. Only while a plan is recorded. */
export function matMul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false, alpha = 1 }: Partial<MatMulAttrs> = {},
): Tensor {
  return call(matMulKernel, [a, b], { transposeA, transposeB, alpha })[0]!;
}

function float(shape: readonly number[]) {
  return { shape, dtype: 'float32' as const };
}

function sized(
  [m, k, n]: readonly [number, number, number],
  transposeA = false,
  transposeB = false,
  alpha = 1,
  checkGradient = true,
): KernelCase<MatMulAttrs>[] {
  return batched([], [m, k, n], transposeA, transposeB, checkGradient, alpha);
}

function batched(
  lead: readonly number[],
  [m, k, n]: readonly [number, number, number],
  transposeA: boolean,
  transposeB: boolean,
  checkGradient = true,
  alpha = 1,
): KernelCase<MatMulAttrs>[] {
  const a = float([...lead, ...(transposeA ? [k, m] : [m, k])]);
  const b = float([...lead, ...(transposeB ? [n, k] : [k, n])]);
  return [{ inputs: [a, b], attrs: { transposeA, transposeB, alpha }, checkGradient }];
}
