// Layer norm by PyTorch's names: `<name>.weight` and `<name>.bias` [size]; neither decays.
import type { Tensor } from '@tensorflow/tfjs-core';
import { addLayerNorm, layerNorm } from '../../kernels/layer-norm';
import { ones, zeros } from '../initialisers';
import type { Parameters } from '../parameters';
import type { StepContext } from '../step-context';
import type { Layer } from './layer';

export interface NormLayer extends Layer {
  /** Norm of x + residual, and that sum, in one pass. */
  added(context: StepContext, x: Tensor, residual: Tensor): { y: Tensor; sum: Tensor };
}

export function norm(parameters: Parameters, name: string, size: number, epsilon = 1e-5): NormLayer {
  parameters.declare(`${name}.weight`, [size], { initialiser: ones, group: 'plain' });
  parameters.declare(`${name}.bias`, [size], { initialiser: zeros, group: 'plain' });
  const gain = (context: StepContext): Tensor => context.weight(`${name}.weight`);
  const bias = (context: StepContext): Tensor => context.weight(`${name}.bias`);
  const layer: Layer = (context, x) => context.scope(name, () => layerNorm(x, gain(context), bias(context), epsilon));
  return Object.assign(layer, {
    added: (context: StepContext, x: Tensor, residual: Tensor) =>
      context.scope(name, () => addLayerNorm(x, residual, gain(context), bias(context), epsilon)),
  });
}
