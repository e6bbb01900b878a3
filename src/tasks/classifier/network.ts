// The network's dense part on the current backend: [dropout →] (linear → relu →) linear → softmax or sigmoid.
// The embedding table stays on the host (workers/ml/embedding-bag.ts). Weights come and go as typed arrays, so
// nothing on the device outlives a call.
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { BackendName } from '../../contract/records';
import { computeOn, type Tf } from '../../../workers/backends/tensorflow';
import { linear, linearGradient, relu, reluGradient } from '../../../workers/ml/dense';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from '../../../workers/ml/losses';

export interface Shape {
  vectorSize: number;
  /** 0: no hidden layer. */
  hiddenSize: number;
  labels: number;
  multiLabel: boolean;
}

/** Dense weights by name, row-major. */
export type Dense = Record<string, Float32Array>;

/** Names and shapes, in the order their gradients come back. */
export function denseShapes({ vectorSize, hiddenSize, labels }: Shape): [name: string, shape: number[]][] {
  if (hiddenSize === 0)
    return [
      ['output.weight', [vectorSize, labels]],
      ['output.bias', [labels]],
    ];
  return [
    ['hidden.weight', [vectorSize, hiddenSize]],
    ['hidden.bias', [hiddenSize]],
    ['output.weight', [hiddenSize, labels]],
    ['output.bias', [labels]],
  ];
}

export interface Batch {
  rows: number;
  /** [rows, vectorSize] */
  vectors: Float32Array;
  /** [rows, labels], 0 and 1. */
  targets: Float32Array;
  /** [rows]: sample weights over their sum. */
  shares: Float32Array;
}

export interface Gradients {
  loss: number;
  /** [rows, vectorSize] */
  vectors: Float32Array;
  dense: Record<string, Float32Array>;
}

function hiddenOf(tf: Tf, shape: Shape, dense: Dense, vectors: Tensor2D): Tensor2D {
  if (shape.hiddenSize === 0) return vectors;
  const w = tf.tensor2d(dense['hidden.weight']!, [shape.vectorSize, shape.hiddenSize]);
  return relu(tf, linear(tf, vectors, w, tf.tensor1d(dense['hidden.bias']!)));
}

function outputWeight(tf: Tf, shape: Shape, dense: Dense): Tensor2D {
  return tf.tensor2d(dense['output.weight']!, [shape.hiddenSize || shape.vectorSize, shape.labels]);
}

/** Loss and all gradients of one batch. One transfer back: everything lies in one tensor. */
export async function lossAndGradients(
  tf: Tf,
  backend: BackendName,
  shape: Shape,
  dense: Dense,
  batch: Batch,
): Promise<Gradients> {
  computeOn(tf, backend);
  const packed = tf.tidy(() => {
    const x = tf.tensor2d(batch.vectors, [batch.rows, shape.vectorSize]);
    const y = tf.tensor2d(batch.targets, [batch.rows, shape.labels]);
    const shares = tf.tensor2d(batch.shares, [batch.rows, 1]);
    const hidden = hiddenOf(tf, shape, dense, x);
    const w = outputWeight(tf, shape, dense);
    const logits = linear(tf, hidden, w, tf.tensor1d(dense['output.bias']!));
    const lossOf = shape.multiLabel ? sigmoidCrossEntropy : softmaxCrossEntropy;
    const { loss, gradient } = lossOf(tf, logits, y, shares);
    const output = linearGradient(tf, hidden, w, gradient);
    let vectors = output.x;
    const dw: Tensor[] = [];
    if (shape.hiddenSize > 0) {
      const hiddenWeight = tf.tensor2d(dense['hidden.weight']!, [shape.vectorSize, shape.hiddenSize]);
      const inner = linearGradient(tf, x, hiddenWeight, reluGradient(tf, hidden, output.x));
      vectors = inner.x;
      dw.push(inner.w, inner.b);
    }
    dw.push(output.w, output.b);
    const flat: Tensor1D[] = [loss, vectors, ...dw].map((tensor) => tf.reshape(tensor, [tensor.size]));
    return tf.concat1d(flat);
  });
  const values = (await packed.data()) as Float32Array;
  packed.dispose();
  let at = 1 + batch.rows * shape.vectorSize;
  const gradients: Gradients = { loss: values[0]!, vectors: values.slice(1, at), dense: {} };
  for (const [name, dims] of denseShapes(shape)) {
    const size = dims.reduce((product, dim) => product * dim, 1);
    gradients.dense[name] = values.slice(at, at + size);
    at += size;
  }
  return gradients;
}

/** Rows a call: padded to a power of two, so that a GPU keeps few buffer sizes. */
const mostRows = 512;

/** Probabilities [rows, labels] of text vectors [rows, vectorSize]. */
export async function probabilities(
  tf: Tf,
  backend: BackendName,
  shape: Shape,
  dense: Dense,
  vectors: Float32Array,
  rows: number,
): Promise<Float32Array> {
  const { vectorSize, labels } = shape;
  const found = new Float32Array(rows * labels);
  for (let from = 0; from < rows; from += mostRows) {
    const count = Math.min(mostRows, rows - from);
    const bucket = 2 ** Math.ceil(Math.log2(count));
    const padded = new Float32Array(bucket * vectorSize);
    padded.set(vectors.subarray(from * vectorSize, (from + count) * vectorSize));
    computeOn(tf, backend);
    const answer = tf.tidy(() => {
      const hidden = hiddenOf(tf, shape, dense, tf.tensor2d(padded, [bucket, vectorSize]));
      const logits = linear(tf, hidden, outputWeight(tf, shape, dense), tf.tensor1d(dense['output.bias']!));
      return shape.multiLabel ? tf.sigmoid(logits) : tf.softmax(logits);
    });
    const values = (await answer.data()) as Float32Array;
    answer.dispose();
    found.set(values.subarray(0, count * labels), from * labels);
  }
  return found;
}
