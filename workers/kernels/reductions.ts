// Reductions of rows and of whole arrays that are no sums: log Σ exp (with its gradient), the largest value of rows and
// its place, and whether all values are finite. Sums and means are in sum.ts, squared norms in gradient-control.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { logSumExp as logSumOfRow } from './cross-entropy';
import { defineKernel, sizeOf, type KernelCase, type Spec } from './kernel';
import type { NoAttrs } from './map-kernels';
import { rowSpec, rowsOf } from './row-shape';
import { gridOver, gridShader } from './wgsl-grid';
import { declare, placesOf, rowPass, type Binding } from './wgsl-rows';

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
const shapes = [[1, 1], [63, 5], [64], [5, 65], [2, 3, 7], [9, 130]];

const logSumGradient = defineKernel<NoAttrs>({
  name: 'LogSumExpGradient',
  inputs: ['x', 'y', 'dy'],
  infer: ([x]) => [x!],
  reference([x, y, dy], [dx], { inputs: [spec] }) {
    const { columns } = rowsOf('LogSumExpGradient', spec!);
    for (let i = 0; i < dx!.length; i++) {
      const row = Math.floor(i / columns);
      dx![i] = dy![row]! * Math.exp(x![i]! - y![row]!);
    }
  },
  wasm({ inputs: [spec] }) {
    const { rows, columns } = rowsOf('LogSumExpGradient', spec!);
    const places = [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }];
    return [{ fn: 'log_sum_exp_gradient', args: [...places, rows, columns] }];
  },
  webgpu({ inputs: [spec] }, gpu) {
    const { rows, columns } = rowsOf('LogSumExpGradient', spec!);
    const bindings: Binding[] = [
      ...['x', 'y', 'dy'].map((name, input) => ({ name, place: { input } })),
      { name: 'dx', place: { output: 0 }, writes: true },
    ];
    const body = `  for (var i = row * ${columns}u + lane; i < (row + 1u) * ${columns}u; i += lanes) {
    dx[i] = dy[row] * exp(max(x[i] - y[row], -100.0));
  }`;
    return [rowPass(gpu, rows, bindings, body)];
  },
  cases: shapes.map((shape): KernelCase<NoAttrs> => {
    const spec = float(...shape);
    return { inputs: [spec, { ...rowSpec(spec), fill: { values: [6, 7] } }, rowSpec(spec)], attrs: {} };
  }),
});

const logSumKernel = defineKernel<NoAttrs>({
  name: 'LogSumExp',
  inputs: ['x'],
  infer: ([x]) => [rowSpec(x!)],
  reference([x], [y], { inputs: [spec] }) {
    const { rows, columns } = rowsOf('LogSumExp', spec!);
    for (let row = 0; row < rows; row++) y![row] = logSumOfRow(x!, row * columns, columns);
  },
  wasm({ inputs: [spec] }) {
    const { rows, columns } = rowsOf('LogSumExp', spec!);
    return [{ fn: 'log_sum_exp', args: [{ input: 0 }, { output: 0 }, rows, columns] }];
  },
  webgpu({ inputs: [spec] }, gpu) {
    const { rows, columns } = rowsOf('LogSumExp', spec!);
    const bindings: Binding[] = [
      { name: 'x', place: { input: 0 } },
      { name: 'y', place: { output: 0 }, writes: true },
    ];
    const body = `  var most = -3e38;
  for (var i = row * ${columns}u + lane; i < (row + 1u) * ${columns}u; i += lanes) { most = max(most, x[i]); }
  most = laneMax(most, lane);
  var sum = 0.0;
  for (var i = row * ${columns}u + lane; i < (row + 1u) * ${columns}u; i += lanes) {
    sum += exp(max(x[i] - most, -100.0));
  }
  sum = laneSum(sum, lane);
  if (lane == 0u) { y[row] = most + log(sum); }`;
    return [rowPass(gpu, rows, bindings, body)];
  },
  gradient: ([dy], { inputs: [x], outputs: [y] }): (() => Tensor)[] => [
    () => call(logSumGradient, [x!, y!, dy!], {})[0]!,
  ],
  cases: shapes.map((shape) => ({ inputs: [float(...shape)], attrs: {} })),
});

const argMaxKernel = defineKernel<NoAttrs>({
  name: 'ArgMax',
  inputs: ['x'],
  infer: ([x]) => [rowSpec(x!, 'int32'), rowSpec(x!)],
  reference([x], [places, largest], { inputs: [spec] }) {
    const { rows, columns } = rowsOf('ArgMax', spec!);
    for (let row = 0; row < rows; row++) {
      let place = 0;
      for (let i = 1; i < columns; i++) if (x![row * columns + i]! > x![row * columns + place]!) place = i;
      places![row] = place;
      largest![row] = x![row * columns + place]!;
    }
  },
  wasm({ inputs: [spec] }) {
    const { rows, columns } = rowsOf('ArgMax', spec!);
    return [{ fn: 'arg_max', args: [{ input: 0 }, { output: 0 }, { output: 1 }, rows, columns] }];
  },
  webgpu({ inputs: [spec] }, gpu) {
    const { rows, columns } = rowsOf('ArgMax', spec!);
    const bindings: Binding[] = [
      { name: 'x', place: { input: 0 } },
      { name: 'places', place: { output: 0 }, type: 'i32', writes: true },
      { name: 'largest', place: { output: 1 }, writes: true },
    ];
    // Whole numbers below 2^24 are exact as floats, so the first place is the largest of -place.
    const body = `  var most = -3.4e38;
  for (var i = lane; i < ${columns}u; i += lanes) { most = max(most, x[row * ${columns}u + i]); }
  most = laneMax(most, lane);
  var place = -16777216.0;
  for (var i = lane; i < ${columns}u; i += lanes) {
    if (x[row * ${columns}u + i] == most) { place = max(place, -f32(i)); }
  }
  place = laneMax(place, lane);
  if (lane == 0u) { places[row] = i32(-place); largest[row] = most; }`;
    return [rowPass(gpu, rows, bindings, body)];
  },
  cases: [
    ...shapes.map((shape) => ({ inputs: [float(...shape)], attrs: {} })),
    { inputs: [{ ...float(3, 6), fill: { values: [1, 3, 3, 0, 3, 2] } }], attrs: {} },
  ],
});

/** As in rows.as.ts. */
const block = 16384;

const finiteKernel = defineKernel<NoAttrs>({
  name: 'FiniteCheck',
  inputs: ['x'],
  infer: () => [{ shape: [], dtype: 'float32' }],
  scratch: ({ inputs: [x] }) => [Math.ceil(sizeOf(x!) / block)],
  reference([x], [flag]) {
    let any = 0;
    for (const value of x!) if (!Number.isFinite(value)) any = 1;
    flag![0] = any;
  },
  wasm: ({ inputs: [x] }) => [
    { fn: 'finite_blocks', args: [{ input: 0 }, { scratch: 0 }, sizeOf(x!)] },
    { fn: 'finite_total', args: [{ scratch: 0 }, { output: 0 }, sizeOf(x!)] },
  ],
  webgpu({ inputs: [x] }, gpu) {
    const count = sizeOf(x!);
    const blocks = Math.ceil(count / block);
    const flags: Binding = { name: 'flags', place: { scratch: 0 } };
    // By bits: a shader may assume that there are no infinities.
    const first = rowPass(
      gpu,
      blocks,
      [
        { name: 'x', place: { input: 0 }, type: 'u32' },
        { ...flags, writes: true },
      ],
      `  var any = 0.0;
  for (var i = row * ${block}u + lane; i < min(${count}u, (row + 1u) * ${block}u); i += lanes) {
    if ((x[i] & 0x7f800000u) == 0x7f800000u) { any = 1.0; }
  }
  any = laneMax(any, lane);
  if (lane == 0u) { flags[row] = any; }`,
    );
    const bindings: Binding[] = [flags, { name: 'flag', place: { output: 0 }, writes: true }];
    const { workgroups, index } = gridOver(1, gpu);
    const body = `  var any = 0.0;
  for (var j = 0u; j < ${blocks}u; j++) { any = max(any, flags[j]); }
  flag[i] = any;`;
    return [first, { wgsl: gridShader(declare(bindings), body, index, 1), bindings: placesOf(bindings), workgroups }];
  },
  cases: [
    ...[[1], [65], [64, 300]].map((shape) => ({ inputs: [float(...shape)], attrs: {} })),
    { inputs: [{ ...float(63), fill: { values: [...Array.from({ length: 62 }, (_, i) => i), NaN] } }], attrs: {} },
    { inputs: [{ ...float(64), fill: { values: [0, 1, 2, Infinity] } }], attrs: {} },
    { inputs: [{ ...float(16390), fill: { values: [1, 3e38, -3e38, 1, -Infinity] } }], attrs: {} },
  ],
});

export const reductionKernels = [logSumKernel, logSumGradient, argMaxKernel, finiteKernel];

/** log Σ exp over the last axis. */
export const logSumExp = (x: Tensor): Tensor => call(logSumKernel, [x], {})[0]!;
