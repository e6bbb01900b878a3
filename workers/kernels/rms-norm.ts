// RMS norm over the last axis (Zhang and Sennrich 2019; Llama's form), alone or with a residual added before.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineNorm, defineNormGradient } from './norm';

const gradient = defineNormGradient('RmsNormGradient', false);
const plain = defineNorm('RmsNorm', { centred: false, residual: false }, gradient);
const added = defineNorm('AddRmsNorm', { centred: false, residual: true }, gradient);
export const rmsNormKernels = [plain, added, gradient];

/** x / √(mean(x²) + epsilon) · gain. x [..., h]; gain [h]. */
export function rmsNorm(x: Tensor, gain: Tensor, epsilon = 1e-5): Tensor {
  return call(plain, [x, gain], { epsilon })[0]!;
}

/** RMS norm of x + residual, and that sum. */
export function addRmsNorm(x: Tensor, residual: Tensor, gain: Tensor, epsilon = 1e-5): { y: Tensor; sum: Tensor } {
  const [y, sum] = call(added, [x, residual, gain], { epsilon });
  return { y: y!, sum: sum! };
}
