// Activation recomputation (Chen et al. 2016): a block's inner values are not kept for the backward pass but computed once
// more when it comes to the block. Costs one more forward pass, saves the memory of all blocks but one. The bits are the
// same: a plan replays the same calls, and dropout draws from a counter.
import { customGrad, engine, type Tensor } from '@tensorflow/tfjs-core';
import { arrayOf, tensorOf } from '../tape/plan-backend';
import type { StepContext } from './step-context';

/**
 * `work(x)` with its inner values given up. It may read any weights, but no row-sparse tables, and no other tensors that have
 * a gradient. Outside training it is `work(x)` itself.
 */
export function recompute(context: StepContext, x: Tensor, work: (x: Tensor) => Tensor): Tensor {
  if (!context.training) return work(x);
  // A first try tells which weights the block reads; its calls are dropped from the plan, since nobody needs them.
  const weights = context.weightsReadBy(() => work(x));
  const block = customGrad((...inputs) => ({
    value: work(x),
    gradFunc: (dy: Tensor | Tensor[]) => {
      const upstream = Array.isArray(dy) ? dy[0]! : dy;
      // The same array under a name that the tape has not seen: else the way back would go on through the blocks before,
      // and a weight that several blocks read would count twice.
      const leaf = tensorOf(arrayOf(x));
      const trained = [leaf, ...weights];
      const { grads } = engine().gradients(() => work(leaf), trained, upstream, true);
      if (grads.length !== inputs.length - 1) throw new Error('A recomputed block has another number of gradients.');
      return grads;
    },
  }));
  return block(x, ...weights);
}
