// A linear layer on the tensors of the current backend, forward and backward on adjacent lines. The gradient is
// written out rather than taped: tfjs-wasm multiplies transposed matrices with a slow plain loop, so they are
// transposed first, and no gradient registry has to be loaded.
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from '../backends/tensorflow';

/** x [rows, in] · w [in, out] + b [out] */
export function linear(tf: Tf, x: Tensor2D, w: Tensor2D, b: Tensor1D): Tensor2D {
  return tf.add(tf.matMul(x, w), b);
}

/** Gradients of `linear` from g [rows, out]. The gradient of x is left out where nobody asks for it. */
export function linearGradient(
  tf: Tf,
  x: Tensor2D,
  w: Tensor2D,
  g: Tensor2D,
): { x: Tensor2D; w: Tensor2D; b: Tensor1D } {
  return {
    x: tf.matMul(g, tf.transpose(w)),
    w: tf.matMul(tf.transpose(x), g),
    b: tf.sum(g, 0),
  };
}

export function relu(tf: Tf, x: Tensor2D): Tensor2D {
  return tf.relu(x);
}

/** `y` is what relu gave. */
export function reluGradient(tf: Tf, y: Tensor2D, g: Tensor2D): Tensor2D {
  return tf.mul(g, tf.step(y));
}
