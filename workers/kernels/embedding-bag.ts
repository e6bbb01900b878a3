// Weighted sums of table rows, one sum a bag: a text as the mean of its words (weights 1/n), with the same three ways to a
// gradient as embedding.ts. Weights are data: they have no gradient.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { scatterRows, segmentSum } from './embedding';
import { defineKernel, sizeOf, type GpuPass, type Numbers, type Spec } from './kernel';
import { segmentWords } from './segments';
import { gridOver, gridShader } from './wgsl-grid';

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
const integer = (...shape: number[]): Spec => ({ shape, dtype: 'int32' });

/** Bags and entries of `bags`: starts [bags + 1], then ids [n]; entries of bag b are starts[b] … starts[b + 1] - 1. */
function bagSizes(bags: Spec, weights: Spec): { count: number; entries: number } {
  const entries = sizeOf(weights);
  const count = sizeOf(bags) - 1 - entries;
  if (count < 1) throw new Error('`bags` holds a start for each bag, one more, and an id for each weight.');
  return { count, entries };
}

function forEntries(bags: Numbers, count: number, visit: (bag: number, entry: number, id: number) => void): void {
  for (let bag = 0; bag < count; bag++)
    for (let entry = bags[bag]!; entry < bags[bag + 1]!; entry++) visit(bag, entry, bags[count + 1 + entry]!);
}

/**
 * table [rows, dim], bags int32 [bags + 1 + n], weights [n] → [bags, dim]. Ids outside the table add nothing. Entries after
 * the last start are padding. For a dense gradient of a large table give segments of the entries and `sorted`, the
 * weights in the order of the segments, with the bag of an entry instead of its position as `order`.
 */
export const embeddingBag = defineKernel<Record<string, never>>({
  name: 'EmbeddingBag',
  inputs: ['table', 'bags', 'weights', 'segments', 'sorted'],
  infer([table, bags, weights, segments, sorted]) {
    const { count, entries } = bagSizes(bags!, weights!);
    if (table!.shape.length !== 2) throw new Error('A table has the shape [rows, dimension].');
    if (segments && (sizeOf(segments) !== segmentWords(entries) || !sorted || sizeOf(sorted) !== entries))
      throw new Error('Segments and their weights are of other entries.');
    return [float(count, table!.shape[1]!)];
  },
  reference([table, bags, weights], [out], { inputs }) {
    const [vocabulary, dim] = inputs[0]!.shape as [number, number];
    const sums = new Float64Array(out!.length);
    forEntries(bags!, out!.length / dim, (bag, entry, id) => {
      if (id < 0 || id >= vocabulary) return;
      for (let d = 0; d < dim; d++) sums[bag * dim + d]! += weights![entry]! * table![id * dim + d]!;
    });
    out!.set(sums);
  },
  wasm({ inputs: [table], outputs: [out] }) {
    const [vocabulary, dim] = table!.shape as [number, number];
    const args = [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }, out!.shape[0]!, vocabulary, dim];
    return [{ fn: 'embedding_bag', args }];
  },
  webgpu({ inputs: [table], outputs: [out] }, gpu): GpuPass[] {
    const [vocabulary, dim] = table!.shape as [number, number];
    const count = out!.shape[0]!;
    const { workgroups, index } = gridOver(sizeOf(out!), gpu);
    const wgsl = gridShader(
      [
        'var<storage, read> table: array<f32>',
        'var<storage, read> bags: array<i32>',
        'var<storage, read> weights: array<f32>',
        'var<storage, read_write> y: array<f32>',
      ],
      `  let bag = i / ${dim}u;
  var sum = 0.0;
  for (var entry = bags[bag]; entry < bags[bag + 1u]; entry++) {
    let id = bags[${count + 1} + entry];
    if (id >= 0 && id < ${vocabulary}) { sum += weights[entry] * table[u32(id) * ${dim}u + i % ${dim}u]; }
  }
  y[i] = sum;`,
      index,
      sizeOf(out!),
    );
    return [{ wgsl, bindings: [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }], workgroups }];
  },
  gradient: ([dy], { inputs: [table, bags, weights, segments, sorted] }): ((() => Tensor) | null)[] => [
    () => {
      const vocabulary = table!.shape[0]!;
      if (segments && sorted) return scatterRows(segmentSum(dy!, segments, sorted), segments, vocabulary);
      return call(embeddingBagGradient, [dy!, bags!, weights!], { vocabulary })[0]!;
    },
    null,
    null,
    null,
    null,
  ],
  cases: [
    {
      inputs: [float(5, 3), { ...integer(4 + 6), fill: { values: [0, 3, 3, 5, 2, 0, 4, 2, 2, 1] } }, float(6)],
      attrs: {},
    },
    { inputs: [float(3, 1), { ...integer(2 + 2), fill: { values: [0, 2, 1, -1] } }, float(2)], attrs: {} },
    { inputs: [float(7, 66), { ...integer(3 + 4), fill: { values: [0, 1, 4, 6, 0, 6, 3] } }, float(4)], attrs: {} },
  ],
});

/** Dense gradient of a table by a search: dy [bags, dim], bags, weights → [vocabulary, dim], in the order of the entries. */
export const embeddingBagGradient = defineKernel<{ vocabulary: number }>({
  name: 'EmbeddingBagGradient',
  inputs: ['dy', 'bags', 'weights'],
  infer([dy, bags, weights], { vocabulary }) {
    if (bagSizes(bags!, weights!).count !== dy!.shape[0]) throw new Error('dy has a row for each bag.');
    return [float(vocabulary, dy!.shape[1]!)];
  },
  reference([dy, bags, weights], [out], { inputs, attrs: { vocabulary } }) {
    const [count, dim] = inputs[0]!.shape as [number, number];
    const sums = new Float64Array(out!.length);
    forEntries(bags!, count, (bag, entry, id) => {
      if (id < 0 || id >= vocabulary) return;
      for (let d = 0; d < dim; d++) sums[id * dim + d]! += weights![entry]! * dy![bag * dim + d]!;
    });
    out!.set(sums);
  },
  wasm({ inputs: [dy], attrs: { vocabulary } }) {
    const [count, dim] = dy!.shape as [number, number];
    const args = [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }, count, vocabulary, dim];
    return [{ fn: 'embedding_bag_gradient', args }];
  },
  webgpu({ inputs: [dy], attrs: { vocabulary } }, gpu): GpuPass[] {
    const [count, dim] = dy!.shape as [number, number];
    const { workgroups, index } = gridOver(vocabulary * dim, gpu);
    const wgsl = gridShader(
      [
        'var<storage, read> dy: array<f32>',
        'var<storage, read> bags: array<i32>',
        'var<storage, read> weights: array<f32>',
        'var<storage, read_write> y: array<f32>',
      ],
      `  let row = i32(i / ${dim}u);
  var sum = 0.0;
  for (var bag = 0u; bag < ${count}u; bag++) {
    for (var entry = bags[bag]; entry < bags[bag + 1u]; entry++) {
      if (bags[${count + 1} + entry] == row) { sum += weights[entry] * dy[bag * ${dim}u + i % ${dim}u]; }
    }
  }
  y[i] = sum;`,
      index,
      vocabulary * dim,
    );
    return [{ wgsl, bindings: [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }], workgroups }];
  },
  cases: [
    {
      inputs: [float(3, 3), { ...integer(4 + 6), fill: { values: [0, 3, 3, 5, 2, 0, 4, 2, 2, 1] } }, float(6)],
      attrs: { vocabulary: 5 },
    },
    {
      inputs: [float(1, 1), { ...integer(2 + 3), fill: { values: [0, 2, 1, 1, 0] } }, float(3)],
      attrs: { vocabulary: 2 },
    },
    {
      inputs: [float(2, 66), { ...integer(3 + 4), fill: { values: [0, 1, 4, 6, 0, 6, 3] } }, float(4)],
      attrs: { vocabulary: 7 },
    },
  ],
});
