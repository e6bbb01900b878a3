// Updates of whole slabs in place that are no optimizer: summing micro-batches and averaging weights.
import { defineKernel, sizeOf, type GpuPass, type Spec } from './kernel';
import { controlAt, controlWords, hyperAt, hyperWords } from './optimizer-layout';
import { gridOver, gridShader } from './wgsl-grid';

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
const sizes = [1, 63, 64, 65, 1001];
const valuesCase = (values: readonly number[]) => ({ ...float(values.length), fill: { values } });

/**
 * sum [n] += x [n], or sum = x where `keep` [1] is 0: the first micro-batch of a step. Old contents are then not read,
 * so that what is not finite does not stay for ever.
 */
export const accumulate = defineKernel({
  name: 'Accumulate',
  inputs: ['sum', 'x', 'keep'],
  mutates: [0],
  infer([sum, x, keep]) {
    if (sizeOf(sum!) !== sizeOf(x!) || sizeOf(keep!) !== 1) throw new Error('The sum and x must be of one size.');
    return [];
  },
  reference([sum, x, keep]) {
    const first = keep![0] === 0;
    for (let i = 0; i < sum!.length; i++) sum![i] = first ? x![i]! : sum![i]! + x![i]!;
  },
  wasm: ({ inputs: [sum] }) => [{ fn: 'accumulate', args: [{ input: 0 }, { input: 1 }, { input: 2 }, sizeOf(sum!)] }],
  webgpu({ inputs: [sum] }, gpu): GpuPass[] {
    const { workgroups, index } = gridOver(sizeOf(sum!), gpu);
    const wgsl = gridShader(
      [
        'var<storage, read_write> sum: array<f32>',
        'var<storage, read> x: array<f32>',
        'var<storage, read> keep: array<f32>',
      ],
      '  if (keep[0] == 0.0) { sum[i] = x[i]; } else { sum[i] = sum[i] + x[i]; }',
      index,
      sizeOf(sum!),
    );
    return [{ wgsl, bindings: [{ input: 0 }, { input: 1 }, { input: 2 }], workgroups }];
  },
  cases: sizes.map((size, i) => ({ inputs: [float(size), float(size), valuesCase([i % 2])], attrs: {} })),
});

/**
 * store [capacity, dim] += rows [n, dim], row u at slots[u] (int32 [n], no slot twice, -1 after the last); where `keep` [1] is
 * 0 the store is cleared first. Gradients of a table's touched rows over the micro-batches of a step (ml/row-lists.ts).
 */
export const accumulateRows = defineKernel({
  name: 'AccumulateRows',
  inputs: ['store', 'rows', 'slots', 'keep'],
  mutates: [0],
  infer([store, rows, slots, keep]) {
    const [count, dim] = rows!.shape;
    if (store!.shape[1] !== dim || sizeOf(slots!) !== count || slots!.dtype !== 'int32' || sizeOf(keep!) !== 1)
      throw new Error('The store is [capacity, dim], the rows [n, dim], the slots int32 [n].');
    return [];
  },
  reference([store, rows, slots, keep], _outputs, { inputs }) {
    const dim = inputs[0]!.shape[1]!;
    if (keep![0] === 0) store!.fill(0);
    slots!.forEach((slot, u) => {
      if (slot >= 0) for (let d = 0; d < dim; d++) store![slot * dim + d]! += rows![u * dim + d]!;
    });
  },
  wasm({ inputs: [store, rows] }) {
    const [capacity, dim] = store!.shape as [number, number];
    const places = [0, 1, 2, 3].map((input) => ({ input }));
    return [{ fn: 'accumulate_rows', args: [...places, capacity, rows!.shape[0]!, dim] }];
  },
  webgpu({ inputs: [store, rows] }, gpu): GpuPass[] {
    const dim = rows!.shape[1]!;
    const clear = gridOver(sizeOf(store!), gpu);
    const add = gridOver(sizeOf(rows!), gpu);
    return [
      {
        wgsl: gridShader(
          ['var<storage, read_write> store: array<f32>', 'var<storage, read> keep: array<f32>'],
          '  if (keep[0] == 0.0) { store[i] = 0.0; }',
          clear.index,
          sizeOf(store!),
        ),
        bindings: [{ input: 0 }, { input: 3 }],
        workgroups: clear.workgroups,
      },
      {
        wgsl: gridShader(
          [
            'var<storage, read_write> store: array<f32>',
            'var<storage, read> rows: array<f32>',
            'var<storage, read> slots: array<i32>',
          ],
          `  let slot = slots[i / ${dim}u];
  if (slot >= 0) {
    let at = u32(slot) * ${dim}u + i % ${dim}u;
    store[at] = store[at] + rows[i];
  }`,
          add.index,
          sizeOf(rows!),
        ),
        bindings: [{ input: 0 }, { input: 1 }, { input: 2 }],
        workgroups: add.workgroups,
      },
    ];
  },
  cases: [
    { capacity: 4, dim: 3, slots: [2, 0, -1], keep: 1 },
    { capacity: 7, dim: 65, slots: [1, 3, 6, -1, -1], keep: 0 },
    { capacity: 40, dim: 16, slots: Array.from({ length: 33 }, (_, u) => (u < 20 ? 2 * u : -1)), keep: 1 },
  ].map(({ capacity, dim, slots, keep }) => ({
    inputs: [
      ...[float(capacity, dim), float(slots.length, dim)],
      ...[{ shape: [slots.length], dtype: 'int32' as const, fill: { values: slots } }, valuesCase([keep])],
    ],
    attrs: {},
  })),
});

/** average [n] moves to weights [n] by 1 - decay (hyper); not in a step that is skipped (control). */
export const averageWeights = defineKernel({
  name: 'AverageWeights',
  inputs: ['average', 'weights', 'hyper', 'control'],
  mutates: [0],
  infer([average, weights, hyper, control]) {
    if (sizeOf(average!) !== sizeOf(weights!)) throw new Error('The average and the weights must be of one size.');
    if (sizeOf(hyper!) !== hyperWords || sizeOf(control!) !== controlWords)
      throw new Error('hyper and control come last.');
    return [];
  },
  reference([average, weights, hyper, control]) {
    if (control![controlAt.apply] === 0) return;
    const share = hyper![hyperAt.oneMinusEmaDecay]!;
    for (let i = 0; i < average!.length; i++) average![i] = average![i]! + share * (weights![i]! - average![i]!);
  },
  wasm: ({ inputs: [average] }) => [
    {
      fn: 'average_weights',
      args: [{ input: 0 }, { input: 1 }, { input: 2 }, { input: 3 }, sizeOf(average!)],
    },
  ],
  webgpu({ inputs: [average] }, gpu): GpuPass[] {
    const { workgroups, index } = gridOver(sizeOf(average!), gpu);
    const wgsl = gridShader(
      [
        'var<storage, read_write> average: array<f32>',
        'var<storage, read> weights: array<f32>',
        'var<storage, read> hyper: array<f32>',
        'var<storage, read> control: array<f32>',
      ],
      `  if (control[${controlAt.apply}] == 0.0) { return; }
  average[i] = average[i] + hyper[${hyperAt.oneMinusEmaDecay}] * (weights[i] - average[i]);`,
      index,
      sizeOf(average!),
    );
    return [{ wgsl, bindings: [0, 1, 2, 3].map((input) => ({ input })), workgroups }];
  },
  cases: sizes.map((size, i) => ({
    inputs: [
      ...[float(size), float(size)],
      valuesCase(Array.from({ length: hyperWords }, (_, at) => (at === hyperAt.oneMinusEmaDecay ? 0.05 : 1))),
      valuesCase([1, i === 1 ? 0 : 1, 1, 1, 1, 1, 1, 1]),
    ],
    attrs: {},
  })),
});
