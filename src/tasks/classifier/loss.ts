// The loss of a batch: weighted mean of softmax cross-entropy (one label) or of binary cross-entropy (several). Shares
// of the rows come with the batch and sum to 1 over the whole step, so the loss is a sum here.
import { mul, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { softplus } from '../../../workers/kernels/activations';
import { crossEntropy } from '../../../workers/kernels/cross-entropy';
import type { StepContext } from '../../../workers/ml/step-context';
import { logitsOf, type ForwardOptions } from './network';
import type { Shape } from './shape';

export function classifierLoss(
  c: StepContext,
  shape: Shape,
  { labelSmoothing, ...forward }: ForwardOptions & { labelSmoothing: number },
): Tensor {
  const rows = c.size('rows');
  const logits = logitsOf(c, shape, forward);
  return c.scope('loss', () => {
    const shares = c.input('shares', [rows]);
    if (!shape.multiLabel) {
      const targets = c.input('targets', [rows], 'int32');
      return crossEntropy(logits, targets, { sampleWeights: shares, labelSmoothing, reduction: 'sum' }).loss;
    }
    const targets = c.input('targets', [rows, shape.labels]);
    // log(1 + e^z) - z·y, the mean over labels; smoothing is in the targets.
    const each = sum(sub(softplus(logits), mul(logits, targets)), 1);
    return sum(mul(mul(each, shares), 1 / shape.labels));
  });
}
