// Activation recomputation (Chen et al. 2016, "Training deep nets with sublinear memory cost"): a block runs forward
// without keeping what is inside it, and runs again when its gradient is needed. Costs one more forward pass of the
// block; its temporaries then live only while the block is at work, and liveness lets their memory be shared.
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { full } from '../kernels/fill';

/**
 * `block(...inputs)`, recomputed in the backward pass. Everything that needs a gradient must be among `inputs`, the
 * block's parameters too: what the block only closes over counts as a constant. Random numbers in the block must come
 * from counters (dropout), so that both runs draw the same. int32 inputs are fine; they get no gradient.
 */
export function recompute(block: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor {
  const run = engine().customGrad((...given) => {
    const tensors = given.filter((each) => typeof each !== 'function');
    const save = given.find((each) => typeof each === 'function');
    save?.(tensors);
    return {
      value: block(...tensors),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const differentiable = saved.filter(({ dtype }) => dtype === 'float32');
        // Null where there is no path, whatever the types of tfjs say.
        const found: readonly (Tensor | null | undefined)[] = engine().gradients(
          () => block(...saved),
          differentiable,
          dy,
          true,
        ).grads;
        // tfjs wants a tensor for each input; those of whole numbers are never used and drop out of the plan.
        return saved.map((tensor) => found[differentiable.indexOf(tensor)] ?? full(tensor.shape, 0));
      },
    };
  });
  return run(...inputs);
}
