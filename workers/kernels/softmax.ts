// Softmax and log-softmax over the last axis, with an optional mask that is added before (0 or -Infinity, or any bias
// that is not trained). Rows masked everywhere become 0, or -Infinity in log-softmax, and not NaN as in PyTorch.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, type Kernel, type KernelCase, type Spec } from './kernel';
import { sameShapes, type NoAttrs } from './map-kernels';
import { rowsOf } from './row-shape';
import { rowPass, type Binding } from './wgsl-rows';

/** Row r of x is masked by row floor(r / repeat) % rows of the mask. */
interface MaskRows {
  rows: number;
  repeat: number;
}

/** How a mask's axes lie on those of x: all of its sizes but 1 must stand next to each other, equal to x's. */
function maskRows(name: string, x: Spec, mask: Spec): MaskRows {
  const leading = x.shape.slice(0, -1);
  const own = mask.shape.slice(0, -1);
  const padded = [...leading.map(() => 1), ...own].slice(-leading.length || Infinity);
  const misfit = (): Error =>
    new Error(`${name}: a mask [${mask.shape.join()}] does not lie on rows of [${x.shape.join()}].`);
  if (mask.shape.at(-1) !== x.shape.at(-1) || own.length > leading.length) throw misfit();
  const first = padded.findIndex((size) => size !== 1);
  if (first < 0) return { rows: 1, repeat: 1 };
  const last = padded.findLastIndex((size) => size !== 1);
  for (let axis = first; axis <= last; axis++) if (padded[axis] !== leading[axis]) throw misfit();
  const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
  return { rows: product(padded), repeat: product(leading.slice(last + 1)) };
}

const float = (...shape: number[]): KernelCase['inputs'][number] => ({ shape, dtype: 'float32' });
const masked = (shape: number[], mask: number[], values: number[]): KernelCase<NoAttrs> => ({
  inputs: [float(...shape), { shape: mask, dtype: 'float32', fill: { values } }],
  attrs: {},
});

function defineSoftmax(name: string, logarithm: boolean): readonly [Kernel<NoAttrs>, Kernel<NoAttrs>] {
  // Central differences of a logarithm cannot see past minus infinity.
  const none = logarithm ? -4 : -Infinity;
  const gradient = defineKernel<NoAttrs>({
    name: `${name}Gradient`,
    inputs: ['y', 'dy'],
    infer: (inputs) => {
      sameShapes(`${name}Gradient`, inputs);
      return [inputs[0]!];
    },
    reference([y, dy], [dx], { inputs: [spec] }) {
      const { rows, columns } = rowsOf(name, spec!);
      for (let start = 0; start < rows * columns; start += columns) {
        let sum = 0;
        for (let i = start; i < start + columns; i++) sum += logarithm ? dy![i]! : dy![i]! * y![i]!;
        for (let i = start; i < start + columns; i++)
          dx![i] = logarithm ? dy![i]! - Math.exp(y![i]!) * sum : y![i]! * (dy![i]! - sum);
      }
    },
    wasm({ inputs: [spec] }) {
      const { rows, columns } = rowsOf(name, spec!);
      const args = [{ input: 0 }, { input: 1 }, { output: 0 }, rows, columns, logarithm ? 1 : 0];
      return [{ fn: 'softmax_gradient', args }];
    },
    webgpu({ inputs: [spec] }, gpu) {
      const { rows, columns } = rowsOf(name, spec!);
      const bindings: Binding[] = [
        { name: 'y', place: { input: 0 } },
        { name: 'dy', place: { input: 1 } },
        { name: 'dx', place: { output: 0 }, writes: true },
      ];
      const body = `  let start = row * ${columns}u;
  var sum = 0.0;
  for (var i = start + lane; i < start + ${columns}u; i += lanes) { sum += dy[i]${logarithm ? '' : ' * y[i]'}; }
  sum = laneSum(sum, lane);
  for (var i = start + lane; i < start + ${columns}u; i += lanes) {
    dx[i] = ${logarithm ? 'dy[i] - exp(y[i]) * sum' : 'y[i] * (dy[i] - sum)'};
  }`;
      return [rowPass(gpu, rows, bindings, body)];
    },
    cases: [float(1, 1), float(3, 63), float(64), float(5, 65), float(2, 3, 7), float(7, 130)].map((spec) => ({
      inputs: [logarithm ? spec : { ...spec, fill: 'positive' }, spec],
      attrs: {},
    })),
  });

  const forward = defineKernel<NoAttrs>({
    name,
    inputs: ['x', 'mask'],
    infer([x, mask]) {
      rowsOf(name, x!);
      if (mask) maskRows(name, x!, mask);
      return [x!];
    },
    reference([x, mask], [y], { inputs: [spec, maskSpec] }) {
      const { rows, columns } = rowsOf(name, spec!);
      const masks = maskSpec ? maskRows(name, spec!, maskSpec) : null;
      for (let row = 0; row < rows; row++) {
        const start = row * columns;
        const from = masks ? (Math.floor(row / masks.repeat) % masks.rows) * columns : 0;
        const value = (i: number): number => x![start + i]! + (mask ? mask[from + i]! : 0);
        let most = -Infinity;
        for (let i = 0; i < columns; i++) most = Math.max(most, value(i));
        let sum = 0;
        for (let i = 0; i < columns; i++) sum += Math.exp(value(i) - most);
        for (let i = 0; i < columns; i++) {
          if (most === -Infinity) y![start + i] = logarithm ? -Infinity : 0;
          else y![start + i] = logarithm ? value(i) - most - Math.log(sum) : Math.exp(value(i) - most) / sum;
        }
      }
    },
    wasm({ inputs: [spec, mask] }) {
      const { rows, columns } = rowsOf(name, spec!);
      const masks = mask ? maskRows(name, spec!, mask) : { rows: 1, repeat: 1 };
      const places = [{ input: 0 }, mask ? { input: 1 } : 0, { output: 0 }];
      return [{ fn: 'softmax', args: [...places, rows, columns, masks.rows, masks.repeat, logarithm ? 1 : 0] }];
    },
    webgpu({ inputs: [spec, mask] }, gpu) {
      const { rows, columns } = rowsOf(name, spec!);
      const masks = mask ? maskRows(name, spec!, mask) : null;
      const bindings: Binding[] = [
        { name: 'x', place: { input: 0 } },
        ...(mask ? [{ name: 'mask', place: { input: 1 } }] : []),
        { name: 'y', place: { output: 0 }, writes: true },
      ];
      const value = masks ? 'x[start + i] + mask[maskStart + i]' : 'x[start + i]';
      const each = (body: string): string => `for (var i = lane; i < ${columns}u; i += lanes) { ${body} }`;
      // -3e38 stands for minus infinity: WGSL need not know infinities.
      const body = `  let start = row * ${columns}u;
  ${masks ? `let maskStart = ((row / ${masks.repeat}u) % ${masks.rows}u) * ${columns}u;` : ''}
  var most = -3e38;
  ${each(`most = max(most, ${value});`)}
  most = laneMax(most, lane);
  var sum = 0.0;
  ${each(`sum += exp(max(${value} - most, -100.0));`)}
  sum = laneSum(sum, lane);
  let empty = most <= -3e38;
  ${
    logarithm
      ? `let shift = most + log(sum); ${each(`y[start + i] = ${value} - select(shift, 0.0, empty);`)}`
      : each(
          `let v = ${value}; y[start + i] = select(exp(max(v - most, -100.0)) / sum, 0.0, empty || v - most < -87.0);`,
        )
  }`;
      return [rowPass(gpu, rows, bindings, body)];
    },
    gradient: ([dy], { inputs: [, mask], outputs: [y] }): ((() => Tensor) | null)[] => [
      () => call(gradient, [y!, dy!], {})[0]!,
      ...(mask ? [null] : []),
    ],
    cases: [
      ...[[1], [3, 63], [64], [5, 65], [2, 3, 7], [33, 130]].map((shape) => ({ inputs: [float(...shape)], attrs: {} })),
      masked([2, 3, 4, 4], [4, 4], [0, none, none, none, 0, 0, none, none, 0, 0, 0, none, 0, 0, 0, 0]),
      masked([2, 2, 3, 5], [2, 1, 1, 5], [0, 0, none, none, none, 0, 0, 0, 0, none]),
      masked([2, 3, 6], [6], [0, -1, none, 2, 0, none]),
      ...(logarithm ? [] : [masked([4, 6], [4, 6], [none, none, none, none, none, none, 0, 0, 0, 0, 0, none])]),
      {
        inputs: [{ shape: [2, 4], dtype: 'float32', fill: { values: [1000, -1000, 0, 999, 88, 87, -500, -90] } }],
        attrs: {},
        checkGradient: false,
      },
    ],
  });
  return [forward, gradient];
}

const softmaxKernelPair = defineSoftmax('Softmax', false);
const logSoftmaxKernelPair = defineSoftmax('LogSoftmax', true);
export const softmaxKernels = [...softmaxKernelPair, ...logSoftmaxKernelPair];

/** Softmax over the last axis of x + mask. The mask broadcasts over x: [n, n], [batch, 1, 1, n], [n] … */
export const softmax = (x: Tensor, mask?: Tensor): Tensor => call(softmaxKernelPair[0], mask ? [x, mask] : [x], {})[0]!;

/** Logarithm of the softmax over the last axis of x + mask. */
export const logSoftmax = (x: Tensor, mask?: Tensor): Tensor =>
  call(logSoftmaxKernelPair[0], mask ? [x, mask] : [x], {})[0]!;
