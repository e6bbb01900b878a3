// Rows as vectors: unit length and distance, with gradients. Cosine similarity is the product of normalised rows.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, type KernelCase, type Spec } from './kernel';
import { sameShapes, type NoAttrs } from './map-kernels';
import { once } from './once';
import { rowSpec, rowsOf } from './row-shape';
import { rowPass, type Binding } from './wgsl-rows';

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
const shapes = [[1, 3], [63, 5], [64], [5, 65], [2, 3, 7], [9, 130]];
/** Shorter rows are divided by this, as in PyTorch's normalize. */
const smallest = 1e-12;

const normalizeGradient = defineKernel<NoAttrs>({
  name: 'NormalizeRowsGradient',
  inputs: ['y', 'lengths', 'dy'],
  infer: ([y]) => [y!],
  reference([y, lengths, dy], [dx], { inputs: [spec] }) {
    const { rows, columns } = rowsOf('NormalizeRowsGradient', spec!);
    for (let row = 0; row < rows; row++) {
      const length = lengths![row]!;
      let along = 0;
      for (let i = row * columns; i < (row + 1) * columns; i++) along += y![i]! * dy![i]!;
      if (length <= smallest) along = 0;
      for (let i = row * columns; i < (row + 1) * columns; i++) dx![i] = (dy![i]! - along * y![i]!) / length;
    }
  },
  wasm({ inputs: [spec] }) {
    const { rows, columns } = rowsOf('NormalizeRowsGradient', spec!);
    const places = [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }];
    return [{ fn: 'normalize_rows_gradient', args: [...places, rows, columns, smallest] }];
  },
  webgpu({ inputs: [spec] }, gpu) {
    const { rows, columns } = rowsOf('NormalizeRowsGradient', spec!);
    const bindings: Binding[] = [
      ...['y', 'lengths', 'dy'].map((name, input) => ({ name, place: { input } })),
      { name: 'dx', place: { output: 0 }, writes: true },
    ];
    const body = `  let start = row * ${columns}u;
  var along = 0.0;
  for (var i = start + lane; i < start + ${columns}u; i += lanes) { along += y[i] * dy[i]; }
  along = laneSum(along, lane) * select(0.0, 1.0, lengths[row] > ${smallest}f);
  for (var i = start + lane; i < start + ${columns}u; i += lanes) { dx[i] = (dy[i] - along * y[i]) / lengths[row]; }`;
    return [rowPass(gpu, rows, bindings, body)];
  },
  cases: shapes.map((shape) => ({
    inputs: [float(...shape), { ...rowSpec(float(...shape)), fill: 'positive' }, float(...shape)],
    attrs: {},
  })),
});

const normalizeKernel = defineKernel<NoAttrs>({
  name: 'NormalizeRows',
  inputs: ['x'],
  infer: ([x]) => [x!, rowSpec(x!)],
  statistics: [1],
  reference([x], [y, lengths], { inputs: [spec] }) {
    const { rows, columns } = rowsOf('NormalizeRows', spec!);
    for (let row = 0; row < rows; row++) {
      let squares = 0;
      for (let i = row * columns; i < (row + 1) * columns; i++) squares += x![i]! ** 2;
      const length = Math.max(Math.sqrt(squares), smallest);
      lengths![row] = length;
      for (let i = row * columns; i < (row + 1) * columns; i++) y![i] = x![i]! / length;
    }
  },
  wasm({ inputs: [spec] }) {
    const { rows, columns } = rowsOf('NormalizeRows', spec!);
    const places = [{ input: 0 }, { output: 0 }, { output: 1 }];
    return [{ fn: 'normalize_rows', args: [...places, rows, columns, smallest] }];
  },
  webgpu({ inputs: [spec] }, gpu) {
    const { rows, columns } = rowsOf('NormalizeRows', spec!);
    const bindings: Binding[] = [
      { name: 'x', place: { input: 0 } },
      { name: 'y', place: { output: 0 }, writes: true },
      { name: 'lengths', place: { output: 1 }, writes: true },
    ];
    const body = `  let start = row * ${columns}u;
  var squares = 0.0;
  for (var i = start + lane; i < start + ${columns}u; i += lanes) { squares += x[i] * x[i]; }
  let size = max(sqrt(laneSum(squares, lane)), ${smallest}f);
  for (var i = start + lane; i < start + ${columns}u; i += lanes) { y[i] = x[i] / size; }
  if (lane == 0u) { lengths[row] = size; }`;
    return [rowPass(gpu, rows, bindings, body)];
  },
  gradient: ([dy], { outputs: [y, lengths] }): (() => Tensor)[] => [
    () => call(normalizeGradient, [y!, lengths!, dy!], {})[0]!,
  ],
  cases: shapes.map((shape) => ({ inputs: [float(...shape)], attrs: {} })),
});

const distanceGradient = defineKernel<NoAttrs>({
  name: 'RowDistanceGradient',
  inputs: ['a', 'b', 'y', 'dy'],
  infer: ([a, b]) => [a!, b!],
  reference([a, b, y, dy], [da, db], { inputs: [spec] }) {
    const { columns } = rowsOf('RowDistanceGradient', spec!);
    for (let i = 0; i < da!.length; i++) {
      const row = Math.floor(i / columns);
      const value = y![row]! > 0 ? ((a![i]! - b![i]!) * dy![row]!) / y![row]! : 0;
      da![i] = value;
      db![i] = -value;
    }
  },
  wasm({ inputs: [spec] }) {
    const { rows, columns } = rowsOf('RowDistanceGradient', spec!);
    const places = [{ input: 0 }, { input: 1 }, { input: 2 }, { input: 3 }, { output: 0 }, { output: 1 }];
    return [{ fn: 'row_distance_gradient', args: [...places, rows, columns] }];
  },
  webgpu({ inputs: [spec] }, gpu) {
    const { rows, columns } = rowsOf('RowDistanceGradient', spec!);
    const bindings: Binding[] = [
      ...['a', 'b', 'y', 'dy'].map((name, input) => ({ name, place: { input } })),
      ...['da', 'db'].map((name, output) => ({ name, place: { output }, writes: true })),
    ];
    const body = `  let size = select(0.0, dy[row] / max(y[row], 1e-37), y[row] > 0.0);
  for (var i = row * ${columns}u + lane; i < (row + 1u) * ${columns}u; i += lanes) {
    let value = (a[i] - b[i]) * size;
    da[i] = value;
    db[i] = -value;
  }`;
    return [rowPass(gpu, rows, bindings, body)];
  },
  cases: shapes.map((shape): KernelCase<NoAttrs> => {
    const spec = float(...shape);
    return { inputs: [spec, spec, { ...rowSpec(spec), fill: 'positive' }, rowSpec(spec)], attrs: {} };
  }),
});

const distanceKernel = defineKernel<NoAttrs>({
  name: 'RowDistance',
  inputs: ['a', 'b'],
  infer(inputs) {
    sameShapes('RowDistance', inputs);
    return [rowSpec(inputs[0]!)];
  },
  reference([a, b], [y], { inputs: [spec] }) {
    const { rows, columns } = rowsOf('RowDistance', spec!);
    for (let row = 0; row < rows; row++) {
      let squares = 0;
      for (let i = row * columns; i < (row + 1) * columns; i++) squares += (a![i]! - b![i]!) ** 2;
      y![row] = Math.sqrt(squares);
    }
  },
  wasm({ inputs: [spec] }) {
    const { rows, columns } = rowsOf('RowDistance', spec!);
    return [{ fn: 'row_distance', args: [{ input: 0 }, { input: 1 }, { output: 0 }, rows, columns] }];
  },
  webgpu({ inputs: [spec] }, gpu) {
    const { rows, columns } = rowsOf('RowDistance', spec!);
    const bindings: Binding[] = [
      ...['a', 'b'].map((name, input) => ({ name, place: { input } })),
      { name: 'y', place: { output: 0 }, writes: true },
    ];
    const body = `  var squares = 0.0;
  for (var i = row * ${columns}u + lane; i < (row + 1u) * ${columns}u; i += lanes) {
    let d = a[i] - b[i];
    squares += d * d;
  }
  squares = laneSum(squares, lane);
  if (lane == 0u) { y[row] = sqrt(squares); }`;
    return [rowPass(gpu, rows, bindings, body)];
  },
  gradient([dy], { inputs: [a, b], outputs: [y] }): (() => Tensor)[] {
    const both = once(() => call(distanceGradient, [a!, b!, y!, dy!], {}));
    return [() => both()[0]!, () => both()[1]!];
  },
  cases: shapes.map((shape) => ({ inputs: [float(...shape), float(...shape)], attrs: {} })),
});

export const rowGeometryKernels = [normalizeKernel, normalizeGradient, distanceKernel, distanceGradient];

/** Rows of x [..., n] divided by their Euclidean length. */
export const normalizeRows = (x: Tensor): Tensor => call(normalizeKernel, [x], {})[0]!;

/** Euclidean distance of each row of a to that of b: [..., n] → [...]. Its gradient is 0 where they are equal. */
export const rowDistance = (a: Tensor, b: Tensor): Tensor => call(distanceKernel, [a, b], {})[0]!;
