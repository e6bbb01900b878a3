// Rows of a table by id. Three ways to its gradient: row-sparse (segmentSum of the rows' own gradient, then a Sparse…Update;
// never as large as the table), dense from segments (scatterRows), and dense by a search through all ids, for small tables.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type GpuPass, type Spec } from './kernel';
import { segmentWords } from './segments';
import { gridOver, gridShader } from './wgsl-grid';

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
const integer = (...shape: number[]): Spec => ({ shape, dtype: 'int32' });

function tableSizes(table: Spec): { vocabulary: number; dim: number } {
  const [vocabulary, dim] = table.shape;
  if (table.shape.length !== 2 || !vocabulary || !dim) throw new Error('A table has the shape [rows, dimension].');
  return { vocabulary, dim };
}

/** `padding` is an id whose row is zeros and has no gradient, or -1. A type, since attributes need an index. */
export type EmbeddingAttrs = { padding: number };

/**
 * table [rows, dim], ids int32 [...] → [..., dim]. An id below 0, beyond the table, or equal to `padding` gives zeros. With
 * segments of the ids (segments.ts) as the third input the dense gradient takes them instead of a search.
 */
export const embedding = defineKernel<EmbeddingAttrs>({
  name: 'Embedding',
  inputs: ['table', 'ids', 'segments'],
  infer([table, ids, segments]) {
    const { dim } = tableSizes(table!);
    if (ids!.dtype !== 'int32') throw new Error('ids are int32.');
    if (segments && sizeOf(segments) !== segmentWords(sizeOf(ids!))) throw new Error('The segments are of other ids.');
    return [float(...ids!.shape, dim)];
  },
  reference([table, ids], [out], { inputs, attrs }) {
    const { vocabulary, dim } = tableSizes(inputs[0]!);
    ids!.forEach((id, n) => {
      const known = id >= 0 && id < vocabulary && id !== attrs.padding;
      for (let d = 0; d < dim; d++) out![n * dim + d] = known ? table![id * dim + d]! : 0;
    });
  },
  wasm({ inputs: [table, ids], attrs }) {
    const { vocabulary, dim } = tableSizes(table!);
    return [
      {
        fn: 'embedding',
        args: [{ input: 0 }, { input: 1 }, { output: 0 }, sizeOf(ids!), vocabulary, dim, attrs.padding],
      },
    ];
  },
  webgpu({ inputs: [table, ids], attrs }, gpu): GpuPass[] {
    const { vocabulary, dim } = tableSizes(table!);
    const count = sizeOf(ids!) * dim;
    const { workgroups, index } = gridOver(count, gpu);
    const wgsl = gridShader(
      [
        'var<storage, read> table: array<f32>',
        'var<storage, read> ids: array<i32>',
        'var<storage, read_write> y: array<f32>',
      ],
      `  let id = ids[i / ${dim}u];
  var value = 0.0;
  if (id >= 0 && id < ${vocabulary} && id != ${attrs.padding}) { value = table[u32(id) * ${dim}u + i % ${dim}u]; }
  y[i] = value;`,
      index,
      count,
    );
    return [{ wgsl, bindings: [{ input: 0 }, { input: 1 }, { output: 0 }], workgroups }];
  },
  gradient: ([dy], { inputs: [table, ids, segments], attrs }): ((() => Tensor) | null)[] => [
    () => {
      const vocabulary = table!.shape[0]!;
      if (segments) return scatterRows(segmentSum(dy!, segments), segments, vocabulary);
      return call(embeddingGradient, [dy!, ids!], { ...attrs, vocabulary })[0]!;
    },
    null,
    null,
  ],
  cases: [
    { inputs: [float(3, 2), { ...integer(4), fill: { ids: 3 } }], attrs: { padding: -1 } },
    { inputs: [float(5, 1), { ...integer(2, 3), fill: { values: [4, 0, -1, 2, 2, 9] } }], attrs: { padding: 2 } },
    { inputs: [float(9, 67), { ...integer(33), fill: { ids: 9 } }], attrs: { padding: 0 } },
    {
      inputs: [float(300, 64), { ...integer(8, 16), fill: { ids: 300 } }],
      attrs: { padding: -1 },
      checkGradient: false,
    },
  ],
});

/** Dense gradient of a table by a search: dy [..., dim], ids [...] → [vocabulary, dim], added in the order of the ids. */
export const embeddingGradient = defineKernel<EmbeddingAttrs & { vocabulary: number }>({
  name: 'EmbeddingGradient',
  inputs: ['dy', 'ids'],
  infer([dy], { vocabulary }) {
    return [float(vocabulary, dy!.shape.at(-1)!)];
  },
  reference([dy, ids], [out], { inputs, attrs }) {
    const dim = inputs[0]!.shape.at(-1)!;
    const sums = new Float64Array(out!.length);
    ids!.forEach((id, n) => {
      if (id < 0 || id >= attrs.vocabulary || id === attrs.padding) return;
      for (let d = 0; d < dim; d++) sums[id * dim + d]! += dy![n * dim + d]!;
    });
    out!.set(sums);
  },
  wasm({ inputs: [dy, ids], attrs: { vocabulary, padding } }) {
    const dim = dy!.shape.at(-1)!;
    return [
      {
        fn: 'embedding_gradient',
        args: [{ input: 0 }, { input: 1 }, { output: 0 }, sizeOf(ids!), vocabulary, dim, padding],
      },
    ];
  },
  webgpu({ inputs: [dy, ids], attrs: { vocabulary, padding } }, gpu): GpuPass[] {
    const dim = dy!.shape.at(-1)!;
    const { workgroups, index } = gridOver(vocabulary * dim, gpu);
    const wgsl = gridShader(
      [
        'var<storage, read> dy: array<f32>',
        'var<storage, read> ids: array<i32>',
        'var<storage, read_write> y: array<f32>',
      ],
      `  let row = i32(i / ${dim}u);
  var sum = 0.0;
  for (var n = 0u; n < ${sizeOf(ids!)}u; n++) {
    if (ids[n] == row) { sum += dy[n * ${dim}u + i % ${dim}u]; }
  }
  y[i] = select(sum, 0.0, row == ${padding});`,
      index,
      vocabulary * dim,
    );
    return [{ wgsl, bindings: [{ input: 0 }, { input: 1 }, { output: 0 }], workgroups }];
  },
  cases: [
    { inputs: [float(4, 2), { ...integer(4), fill: { ids: 3 } }], attrs: { padding: -1, vocabulary: 3 } },
    {
      inputs: [float(2, 3, 5), { ...integer(2, 3), fill: { values: [4, 0, -1, 2, 2, 9] } }],
      attrs: { padding: 2, vocabulary: 5 },
    },
    { inputs: [float(130, 67), { ...integer(130), fill: { ids: 9 } }], attrs: { padding: 0, vocabulary: 9 } },
  ],
});

// Segments of the ids 2, 0, 2, 1, 2 in a table of four rows, and of no id at all.
const segmentsCase = {
  ...integer(segmentWords(5)),
  fill: { values: [0, 1, 2, -1, -1, 0, 1, 2, 5, 5, 5, 1, 3, 0, 2, 4] },
};
const emptyCase = { ...integer(segmentWords(2)), fill: { values: [-1, -1, 0, 0, 0, 0, 0] } };

/**
 * Sums of gradient rows that belong to one row of the table: dy [m, dim], segments of n entries and, for bags, the
 * weight of each entry of `order` [n] → [n, dim], of which row u belongs to row segments.rows[u] of the table; zeros
 * where there is none.
 */
export const segmentSums = defineKernel<Record<string, never>>({
  name: 'SegmentSums',
  inputs: ['dy', 'segments', 'weights'],
  infer([dy, segments, weights]) {
    const count = (sizeOf(segments!) - 1) / 3;
    if (!Number.isInteger(count)) throw new Error('Segments have 3n + 1 words.');
    if (weights && sizeOf(weights) !== count) throw new Error(`${count} weights are needed, one an entry.`);
    return [float(count, dy!.shape.at(-1)!)];
  },
  reference([dy, segments, weights], [out], { inputs }) {
    const dim = inputs[0]!.shape.at(-1)!;
    const count = out!.length / dim;
    for (let u = 0; u < count; u++)
      for (let d = 0; d < dim; d++) {
        let sum = 0;
        for (let k = segments![count + u]!; k < segments![count + u + 1]!; k++)
          sum += (weights?.[k] ?? 1) * dy![segments![2 * count + 1 + k]! * dim + d]!;
        out![u * dim + d] = sum;
      }
  },
  wasm({ inputs: [dy, , weights], outputs: [out] }) {
    const dim = dy!.shape.at(-1)!;
    const args = [{ input: 0 }, { input: 1 }, weights ? { input: 2 } : 0, { output: 0 }, sizeOf(out!) / dim, dim];
    return [{ fn: 'segment_sums', args }];
  },
  webgpu({ inputs: [dy, , weights], outputs: [out] }, gpu): GpuPass[] {
    const dim = dy!.shape.at(-1)!;
    const count = sizeOf(out!) / dim;
    const { workgroups, index } = gridOver(sizeOf(out!), gpu);
    const wgsl = gridShader(
      [
        'var<storage, read> dy: array<f32>',
        'var<storage, read> segments: array<i32>',
        ...(weights ? ['var<storage, read> weights: array<f32>'] : []),
        'var<storage, read_write> y: array<f32>',
      ],
      `  let u = i / ${dim}u;
  let d = i % ${dim}u;
  var sum = 0.0;
  for (var k = segments[${count}u + u]; k < segments[${count + 1}u + u]; k++) {
    sum += ${weights ? 'weights[k] * ' : ''}dy[u32(segments[${2 * count + 1}u + u32(k)]) * ${dim}u + d];
  }
  y[i] = sum;`,
      index,
      sizeOf(out!),
    );
    const bindings = [{ input: 0 }, { input: 1 }, ...(weights ? [{ input: 2 }] : []), { output: 0 }];
    return [{ wgsl, bindings, workgroups }];
  },
  cases: [
    { inputs: [float(5, 3), segmentsCase], attrs: {} },
    { inputs: [float(5, 68), segmentsCase, float(5)], attrs: {} },
    { inputs: [float(1, 4), emptyCase], attrs: {} },
  ],
});

export const segmentSum = (dy: Tensor, segments: Tensor, weights?: Tensor): Tensor =>
  call(segmentSums, weights ? [dy, segments, weights] : [dy, segments], {})[0]!;

/** Rows of a sparse gradient as a dense one: rows [n, dim], segments → [vocabulary, dim] */
export const rowScatter = defineKernel<{ vocabulary: number }>({
  name: 'RowScatter',
  inputs: ['rows', 'segments'],
  infer([rows, segments], { vocabulary }) {
    const [count, dim] = rows!.shape;
    if (sizeOf(segments!) !== segmentWords(count!)) throw new Error('There are as many rows as entries.');
    return [float(vocabulary, dim!)];
  },
  reference([rows, segments], [out], { inputs }) {
    const [count, dim] = inputs[0]!.shape as [number, number];
    out!.fill(0);
    for (let u = 0; u < count; u++)
      if (segments![u]! >= 0) for (let d = 0; d < dim; d++) out![segments![u]! * dim + d] = rows![u * dim + d]!;
  },
  wasm({ inputs: [rows], attrs: { vocabulary } }) {
    const [count, dim] = rows!.shape as [number, number];
    return [{ fn: 'row_scatter', args: [{ input: 0 }, { input: 1 }, { output: 0 }, count, vocabulary, dim] }];
  },
  webgpu({ inputs: [rows], outputs: [out] }, gpu): GpuPass[] {
    const [, dim] = rows!.shape as [number, number];
    const clear = gridOver(sizeOf(out!), gpu);
    const write = gridOver(sizeOf(rows!), gpu);
    return [
      {
        wgsl: gridShader(['var<storage, read_write> y: array<f32>'], '  y[i] = 0.0;', clear.index, sizeOf(out!)),
        bindings: [{ output: 0 }],
        workgroups: clear.workgroups,
      },
      {
        wgsl: gridShader(
          [
            'var<storage, read> rows: array<f32>',
            'var<storage, read> segments: array<i32>',
            'var<storage, read_write> y: array<f32>',
          ],
          `  let row = segments[i / ${dim}u];
  if (row >= 0) { y[u32(row) * ${dim}u + i % ${dim}u] = rows[i]; }`,
          write.index,
          sizeOf(rows!),
        ),
        bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
        workgroups: write.workgroups,
      },
    ];
  },
  cases: [
    { inputs: [float(5, 3), segmentsCase], attrs: { vocabulary: 4 } },
    { inputs: [float(5, 33), segmentsCase], attrs: { vocabulary: 3 } },
    { inputs: [float(2, 70), emptyCase], attrs: { vocabulary: 66 } },
  ],
});

export const scatterRows = (rows: Tensor, segments: Tensor, vocabulary: number): Tensor =>
  call(rowScatter, [rows, segments], { vocabulary })[0]!;
