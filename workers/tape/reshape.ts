// Another shape of the same array: nothing is computed or moved when the plan is replayed.
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { sameShape } from './recording';

/** `x` with the same elements in the same order in another shape. */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return engine().runKernel<Tensor>('Reshape', { x }, { shape: [...shape] });
}
