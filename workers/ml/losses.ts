// Losses from logits with their gradients, on tensors. From logits, because clipped probabilities (as in Keras
// layers) have no gradient where it matters most.
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from '../backends/tensorflow';

// A type, not an interface: tf.tidy takes only containers with an index signature.
export type LossAndGradient = {
  loss: Scalar;
  /** With respect to the logits, [rows, labels]. */
  gradient: Tensor2D;
};

/**
 * Weighted mean of logSumExp(z) - z[target]. `targets` is one-hot [rows, labels]; `shares` [rows, 1] are the
 * sample weights divided by their sum (torch's weighted mean).
 */
export function softmaxCrossEntropy(tf: Tf, logits: Tensor2D, targets: Tensor2D, shares: Tensor2D): LossAndGradient {
  const shifted = tf.sub<Tensor2D>(logits, tf.max(logits, 1, true));
  const exps = tf.exp(shifted);
  const sums = tf.sum<Tensor2D>(exps, 1, true);
  const logProbabilities = tf.sub<Tensor2D>(shifted, tf.log(sums));
  return {
    loss: tf.neg(tf.sum(tf.mul(tf.mul(targets, logProbabilities), shares))),
    gradient: tf.mul(tf.sub(tf.div(exps, sums), targets), shares),
  };
}

/**
 * Weighted mean over rows and labels of max(z, 0) - z·y + log(1 + exp(-|z|)). `targets` holds 0 and 1.
 */
export function sigmoidCrossEntropy(tf: Tf, logits: Tensor2D, targets: Tensor2D, shares: Tensor2D): LossAndGradient {
  const share = tf.div<Tensor2D>(shares, logits.shape[1]);
  const tail = tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1));
  const each = tf.add(tf.sub(tf.relu(logits), tf.mul(logits, targets)), tail);
  return {
    loss: tf.sum(tf.mul(each, share)),
    gradient: tf.mul(tf.sub(tf.sigmoid(logits), targets), share),
  };
}
