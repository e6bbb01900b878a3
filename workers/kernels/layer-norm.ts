// Layer norm over the last axis (Ba et al. 2016), alone or with a residual added before in the same pass.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineNorm, defineNormGradient } from './norm';

const gradient = defineNormGradient('LayerNormGradient', true);
const plain = defineNorm('LayerNorm', { centred: true, residual: false }, gradient);
const added = defineNorm('AddLayerNorm', { centred: true, residual: true }, gradient);
export const layerNormKernels = [plain, added, gradient];

/** (x − mean) / √(variance + epsilon) · gain + bias. x [..., h]; gain and bias [h]. PyTorch's epsilon is 1e-5. */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  return call(plain, [x, gain, bias], { epsilon })[0]!;
}

/** Layer norm of x + residual, and that sum. */
export function addLayerNorm(
  x: Tensor,
  residual: Tensor,
  gain: Tensor,
  bias: Tensor,
  epsilon = 1e-5,
): { y: Tensor; sum: Tensor } {
  const [y, sum] = call(added, [x, residual, gain, bias], { epsilon });
  return { y: y!, sum: sum! };
}
