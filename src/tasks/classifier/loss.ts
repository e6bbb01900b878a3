// The loss of a batch: weighted mean of softmax cross-entropy (one label) or of binary cross-entropy (several). Shares
// of the rows come with the batch and sum to 1 over the whole step, so the loss is a sum here.
import type { Tensor } from '@tensorflow/tfjs-core';
import { binaryCrossEntropy } from '../../../workers/kernels/binary-cross-entropy';
import { crossEntropy } from '../../../workers/kernels/cross-entropy';
import type { StepContext } from '../../../workers/ml/step-context';
import { logitsOf, type ForwardOptions } from './network';
import type { Shape } from './shape';

export function classifierLoss(
  c: StepContext,
  shape: Shape,
  { labelSmoothing, ...forward }: ForwardOptions & { labelSmoothing: number },
): Tensor {
  return labelLoss(c, logitsOf(c, shape, forward), shape, labelSmoothing);
}

/** logits [rows, labels] of any network, against the inputs of targets.ts. */
export function labelLoss(
  c: StepContext,
  logits: Tensor,
  shape: Pick<Shape, 'labels' | 'multiLabel'>,
  labelSmoothing: number,
): Tensor {
  const rows = c.size('rows');
  return c.scope('loss', () => {
    const shares = c.input('shares', [rows]);
    if (!shape.multiLabel) {
      const targets = c.input('targets', [rows], 'int32');
      return crossEntropy(logits, targets, { sampleWeights: shares, labelSmoothing, reduction: 'sum' }).loss;
    }
    const targets = c.input('targets', [rows, shape.labels]);
    // A row's loss is the mean over its labels; smoothing and certainty are in the targets.
    const posWeight = c.input('posWeight', [shape.labels]);
    return binaryCrossEntropy(logits, targets, { posWeight, sampleWeights: shares, reduction: 'sum' }).loss;
  });
}
