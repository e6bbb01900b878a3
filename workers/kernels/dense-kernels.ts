// The linear layer's kernels, forward and gradient, with their references.
import { linear, linearGradient, relu, reluGradient } from '../ml/dense';
import { defineKernel, matrix, valueAt, type InputCase, type Matrix } from './define';

/** Rows, inner size and columns of the products that are checked. */
const products = [
  [1, 1, 1],
  [3, 5, 7],
  [31, 32, 33],
  [32, 64, 77],
  [65, 129, 30],
] as const;

const shapes = (of: (m: number, k: number, n: number) => [number, number][]): InputCase[][] =>
  products.map(([m, k, n]) => of(m, k, n).map(([rows, columns]) => ({ rows, columns })));

function product(a: Matrix, b: Matrix, transposeA = false, transposeB = false): Matrix {
  const inner = transposeA ? a.rows : a.columns;
  return matrix(transposeA ? a.columns : a.rows, transposeB ? b.rows : b.columns, (row, column) => {
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum +=
        (transposeA ? valueAt(a, k, row) : valueAt(a, row, k)) *
        (transposeB ? valueAt(b, column, k) : valueAt(b, k, column));
    return sum;
  });
}

export const denseKernels = [
  defineKernel({
    name: 'MatMul',
    cases: shapes((m, k, n) => [
      [m, k],
      [k, n],
    ]),
    reference: ([a, b]) => product(a!, b!),
    compute: (tf, [a, b]) => tf.matMul(a!, b!),
  }),
  defineKernel({
    name: 'MatMulTransposedA',
    cases: shapes((m, k, n) => [
      [k, m],
      [k, n],
    ]),
    reference: ([a, b]) => product(a!, b!, true),
    compute: (tf, [a, b]) => tf.matMul(a!, b!, true),
  }),
  defineKernel({
    name: 'MatMulTransposedB',
    cases: shapes((m, k, n) => [
      [m, k],
      [n, k],
    ]),
    reference: ([a, b]) => product(a!, b!, false, true),
    compute: (tf, [a, b]) => tf.matMul(a!, b!, false, true),
  }),
  defineKernel({
    name: 'Transpose',
    cases: shapes((m, k) => [[m, k]]),
    reference: ([a]) => matrix(a!.columns, a!.rows, (row, column) => valueAt(a!, column, row)),
    compute: (tf, [a]) => tf.transpose(a!),
    tolerance: 0,
  }),
  defineKernel({
    name: 'Linear',
    cases: shapes((m, k, n) => [
      [m, k],
      [k, n],
      [1, n],
    ]),
    reference([x, w, b]) {
      const y = product(x!, w!);
      return matrix(y.rows, y.columns, (row, column) => valueAt(y, row, column) + valueAt(b!, 0, column));
    },
    compute: (tf, [x, w, b]) => linear(tf, x!, w!, tf.reshape(b!, [b!.size])),
  }),
  defineKernel({
    name: 'LinearGradientX',
    cases: shapes((m, k, n) => [
      [m, k],
      [k, n],
      [m, n],
    ]),
    reference: ([, w, g]) => product(g!, w!, false, true),
    compute: (tf, [x, w, g]) => linearGradient(tf, x!, w!, g!).x,
  }),
  defineKernel({
    name: 'LinearGradientW',
    cases: shapes((m, k, n) => [
      [m, k],
      [k, n],
      [m, n],
    ]),
    reference: ([x, , g]) => product(x!, g!, true),
    compute: (tf, [x, w, g]) => linearGradient(tf, x!, w!, g!).w,
  }),
  defineKernel({
    name: 'LinearGradientB',
    cases: shapes((m, k, n) => [
      [m, k],
      [k, n],
      [m, n],
    ]),
    reference: ([, , g]) =>
      matrix(1, g!.columns, (_, column) => {
        let sum = 0;
        for (let row = 0; row < g!.rows; row++) sum += valueAt(g!, row, column);
        return sum;
      }),
    compute: (tf, [x, w, g]) => linearGradient(tf, x!, w!, g!).b,
  }),
  defineKernel({
    name: 'Relu',
    cases: shapes((m, k) => [[m, k]]),
    reference: ([x]) => matrix(x!.rows, x!.columns, (row, column) => Math.max(0, valueAt(x!, row, column))),
    compute: (tf, [x]) => relu(tf, x!),
    tolerance: 0,
  }),
  defineKernel({
    name: 'ReluGradient',
    cases: shapes((m, k) => [
      [m, k],
      [m, k],
    ]),
    reference: ([x, g]) =>
      matrix(x!.rows, x!.columns, (row, column) => (valueAt(x!, row, column) > 0 ? valueAt(g!, row, column) : 0)),
    compute: (tf, [x, g]) => reluGradient(tf, relu(tf, x!), g!),
    tolerance: 0,
  }),
];
