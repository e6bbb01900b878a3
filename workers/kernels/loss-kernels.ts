// Probabilities and losses, forward and gradient, with their references.
import { sigmoidCrossEntropy, softmaxCrossEntropy } from '../ml/losses';
import { defineKernel, matrix, valueAt, type InputCase, type Matrix } from './define';

const sizes = [
  [1, 2],
  [3, 5],
  [32, 77],
  [33, 129],
  [257, 28],
] as const;

const one: InputCase[][] = sizes.map(([rows, columns]) => [{ rows, columns }]);
const withTargets = (kind: 'one-hot' | 'several-hot'): InputCase[][] =>
  sizes.map(([rows, columns]) => [
    { rows, columns },
    { rows, columns, kind },
    { rows, columns: 1, kind: 'shares' },
  ]);

function softmax(z: Matrix): Matrix {
  return matrix(z.rows, z.columns, (row, column) => {
    let top = -Infinity;
    for (let c = 0; c < z.columns; c++) top = Math.max(top, valueAt(z, row, c));
    let sum = 0;
    for (let c = 0; c < z.columns; c++) sum += Math.exp(valueAt(z, row, c) - top);
    return Math.exp(valueAt(z, row, column) - top) / sum;
  });
}

const logistic = (z: number): number => 1 / (1 + Math.exp(-z));

function sumOver(m: Matrix, of: (row: number, column: number) => number): Matrix {
  let sum = 0;
  for (let row = 0; row < m.rows; row++) for (let column = 0; column < m.columns; column++) sum += of(row, column);
  return matrix(1, 1, () => sum);
}

export const lossKernels = [
  defineKernel({
    name: 'Softmax',
    cases: one,
    reference: ([z]) => softmax(z!),
    compute: (tf, [z]) => tf.softmax(z!),
  }),
  defineKernel({
    name: 'Sigmoid',
    cases: one,
    reference: ([z]) => matrix(z!.rows, z!.columns, (row, column) => logistic(valueAt(z!, row, column))),
    compute: (tf, [z]) => tf.sigmoid(z!),
  }),
  defineKernel({
    name: 'LogSumExp',
    cases: one,
    reference: ([z]) =>
      matrix(z!.rows, 1, (row) => {
        let sum = 0;
        for (let c = 0; c < z!.columns; c++) sum += Math.exp(valueAt(z!, row, c));
        return Math.log(sum);
      }),
    compute: (tf, [z]) => tf.logSumExp(z!, 1),
  }),
  defineKernel({
    name: 'SoftmaxCrossEntropy',
    cases: withTargets('one-hot'),
    reference([z, y, shares]) {
      const p = softmax(z!);
      return sumOver(p, (row, c) => -valueAt(y!, row, c) * Math.log(valueAt(p, row, c)) * valueAt(shares!, row, 0));
    },
    compute: (tf, [z, y, shares]) => softmaxCrossEntropy(tf, z!, y!, shares!).loss,
  }),
  defineKernel({
    name: 'SoftmaxCrossEntropyGradient',
    cases: withTargets('one-hot'),
    reference([z, y, shares]) {
      const p = softmax(z!);
      return matrix(
        p.rows,
        p.columns,
        (row, c) => (valueAt(p, row, c) - valueAt(y!, row, c)) * valueAt(shares!, row, 0),
      );
    },
    compute: (tf, [z, y, shares]) => softmaxCrossEntropy(tf, z!, y!, shares!).gradient,
  }),
  defineKernel({
    name: 'SigmoidCrossEntropy',
    cases: withTargets('several-hot'),
    reference: ([z, y, shares]) =>
      sumOver(z!, (row, c) => {
        const p = logistic(valueAt(z!, row, c));
        const hit = valueAt(y!, row, c) === 1 ? p : 1 - p;
        return (-Math.log(hit) * valueAt(shares!, row, 0)) / z!.columns;
      }),
    compute: (tf, [z, y, shares]) => sigmoidCrossEntropy(tf, z!, y!, shares!).loss,
  }),
  defineKernel({
    name: 'SigmoidCrossEntropyGradient',
    cases: withTargets('several-hot'),
    reference: ([z, y, shares]) =>
      matrix(
        z!.rows,
        z!.columns,
        (row, c) => ((logistic(valueAt(z!, row, c)) - valueAt(y!, row, c)) * valueAt(shares!, row, 0)) / z!.columns,
      ),
    compute: (tf, [z, y, shares]) => sigmoidCrossEntropy(tf, z!, y!, shares!).gradient,
  }),
  defineKernel({
    name: 'Pack',
    cases: one,
    reference: ([z]) => matrix(1, 2 * z!.values.length, (_, i) => z!.values[i % z!.values.length]!),
    compute: (tf, [z]) => tf.concat1d([tf.reshape(z!, [z!.size]), tf.reshape(z!, [z!.size])]),
    tolerance: 0,
  }),
];
