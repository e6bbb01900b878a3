// What a layer is: parameters declared once by name, and a function that records its calls. No classes, no state.
import type { Tensor } from '@tensorflow/tfjs-core';
import { geluErf, geluTanh, relu, silu, tanh } from '../../kernels/activations';
import type { StepContext } from '../step-context';

export type Layer = (context: StepContext, x: Tensor) => Tensor;

export const activations = { none: (x: Tensor) => x, relu, gelu: geluErf, 'gelu-tanh': geluTanh, silu, tanh } as const;
export type Activation = keyof typeof activations;
