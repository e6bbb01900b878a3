// The largest of each column over a run of rows, for pooling texts that lie one after another; and its gradient, which goes to
// the row that was picked.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type Fill, type Kernel, type Spec } from './kernel';
import { gridOver, gridShader } from './wgsl-grid';

type NoAttrs = Record<string, never>;
type PlacesAttrs = { places: number };

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
const integer = (...shape: number[]): Spec => ({ shape, dtype: 'int32' });
const spansOf = (...values: number[]): Spec & { fill: Fill } => ({
  ...integer(values.length / 2, 2),
  fill: { values },
});

/**
 * x [places, columns], spans int32 [rows, 2] (first place and end) → [rows, columns], and the places picked (int32; the first of
 * equal ones). An empty span gives zeros and the place -1.
 */
const kernel = defineKernel<NoAttrs>({
  name: 'SpanMax',
  inputs: ['x', 'spans'],
  infer([x, spans]) {
    const [rows, two] = spans!.shape;
    if (x!.shape.length !== 2 || spans!.dtype !== 'int32' || two !== 2)
      throw new Error('x is [places, columns] and the spans are int32 [rows, 2].');
    return [float(rows!, x!.shape[1]!), integer(rows!, x!.shape[1]!)];
  },
  statistics: [1],
  reference([x, spans], [y, picks], { inputs: [spec] }) {
    const columns = spec!.shape[1]!;
    for (let i = 0; i < y!.length; i++) {
      const [row, column] = [Math.floor(i / columns), i % columns];
      let pick = -1;
      for (let place = spans![2 * row]!; place < spans![2 * row + 1]!; place++)
        if (pick < 0 || x![place * columns + column]! > x![pick * columns + column]!) pick = place;
      picks![i] = pick;
      y![i] = pick < 0 ? 0 : x![pick * columns + column]!;
    }
  },
  wasm({ inputs: [x, spans] }) {
    const args = [{ input: 0 }, { input: 1 }, { output: 0 }, { output: 1 }, spans!.shape[0]!, x!.shape[1]!];
    return [{ fn: 'span_max', args }];
  },
  webgpu({ inputs: [x], outputs: [y] }, gpu) {
    const columns = x!.shape[1]!;
    const { workgroups, index } = gridOver(sizeOf(y!), gpu);
    const wgsl = gridShader(
      [
        'var<storage, read> x: array<f32>',
        'var<storage, read> spans: array<i32>',
        'var<storage, read_write> y: array<f32>',
        'var<storage, read_write> picks: array<i32>',
      ],
      `  let row = i / ${columns}u;
  var pick = -1;
  var most = 0.0;
  for (var place = spans[2u * row]; place < spans[2u * row + 1u]; place++) {
    let value = x[u32(place) * ${columns}u + i % ${columns}u];
    if (pick < 0 || value > most) { pick = place; most = value; }
  }
  picks[i] = pick;
  y[i] = most;`,
      index,
      sizeOf(y!),
    );
    return [{ wgsl, bindings: [{ input: 0 }, { input: 1 }, { output: 0 }, { output: 1 }], workgroups }];
  },
  gradient: ([dy], { inputs: [x], outputs: [, picks] }): ((() => Tensor) | null)[] => [
    () => call(gradientKernel, [dy!, picks!], { places: x!.shape[0]! })[0]!,
    null,
  ],
  cases: [
    { inputs: [float(3, 2), spansOf(0, 3)], attrs: {} },
    { inputs: [float(9, 5), spansOf(0, 4, 4, 5, 9, 9, 5, 8)], attrs: {} },
    { inputs: [float(70, 67), spansOf(0, 30, 30, 64)], attrs: {} },
  ],
});

/** dy [rows, columns], picks → [places, columns]; what is picked by several rows is added in their order. */
const gradientKernel = defineKernel<PlacesAttrs>({
  name: 'SpanMaxGradient',
  inputs: ['dy', 'picks'],
  infer: ([dy], { places }) => [float(places, dy!.shape[1]!)],
  reference([dy, picks], [dx], { inputs: [spec] }) {
    const columns = spec!.shape[1]!;
    dx!.fill(0);
    dy!.forEach((value, i) => {
      const pick = picks![i]!;
      if (pick >= 0) dx![pick * columns + (i % columns)]! += value;
    });
  },
  wasm({ inputs: [dy], attrs: { places } }) {
    const [rows, columns] = dy!.shape;
    return [{ fn: 'span_max_gradient', args: [{ input: 0 }, { input: 1 }, { output: 0 }, rows!, columns!, places] }];
  },
  webgpu({ inputs: [dy], outputs: [dx] }, gpu) {
    const [rows, columns] = dy!.shape;
    const { workgroups, index } = gridOver(sizeOf(dx!), gpu);
    const wgsl = gridShader(
      [
        'var<storage, read> dy: array<f32>',
        'var<storage, read> picks: array<i32>',
        'var<storage, read_write> dx: array<f32>',
      ],
      `  var sum = 0.0;
  for (var row = 0u; row < ${rows!}u; row++) {
    let at = row * ${columns!}u + i % ${columns!}u;
    if (picks[at] == i32(i / ${columns!}u)) { sum = sum + dy[at]; }
  }
  dx[i] = sum;`,
      index,
      sizeOf(dx!),
    );
    return [{ wgsl, bindings: [{ input: 0 }, { input: 1 }, { output: 0 }], workgroups }];
  },
  cases: [
    { inputs: [float(3, 2), { ...integer(3, 2), fill: { values: [0, 1, 1, -1, 0, 1] } }], attrs: { places: 2 } },
    { inputs: [float(1, 5), { ...integer(1, 5), fill: { values: [2, 0, 2, -1, 1] } }], attrs: { places: 3 } },
    { inputs: [float(5, 67), { ...integer(5, 67), fill: { ids: 40 } }], attrs: { places: 40 } },
  ],
});

export const spanMaxKernels: readonly Kernel[] = [kernel, gradientKernel];

/** x [places, columns] → [rows, columns]. */
export const spanMax = (x: Tensor, spans: Tensor): Tensor => call(kernel, [x, spans], {})[0]!;
