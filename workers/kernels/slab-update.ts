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
