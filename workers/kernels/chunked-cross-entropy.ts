// Softmax cross-entropy of hidden · weightsᵀ over a large vocabulary: logits exist for one chunk of classes at a time,
// in the forward pass and, made again, in the backward pass. Equal to a product and crossEntropy but for rounding.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { chunkedGradientPasses, chunkedPasses } from './chunked-cross-entropy.wgsl';
import { defineKernel, type KernelCase, type Numbers, type Place, type Spec, type WasmCall } from './kernel';
import { rowScale, totalCall, totalReference, type Reduction } from './loss-total';
import { once } from './once';
import { expectShape, rowSpec, rowsOf } from './row-shape';

export type ChunkedCrossEntropyAttrs = {
  ignoreIndex: number;
  reduction: Reduction;
  sampleWeights: boolean;
  /** Classes at a time; pinned, because it changes the order of additions. */
  chunk: number;
};

export interface ChunkedSize {
  rows: number;
  hidden: number;
  classes: number;
}

export const sizeOfProblem = ([hidden, weights]: readonly Spec[]): ChunkedSize => {
  const { rows, columns } = rowsOf('ChunkedCrossEntropy', hidden!);
  return { rows, hidden: columns, classes: weights!.shape[0]! };
};

/** First class and number of classes of each chunk. */
export function chunksOf(classes: number, chunk: number): { first: number; width: number }[] {
  return Array.from({ length: Math.ceil(classes / chunk) }, (_, i) => ({
    first: i * chunk,
    width: Math.min(chunk, classes - i * chunk),
  }));
}

const logitsOf = (hidden: Numbers, weights: Numbers, row: number, { hidden: size, classes }: ChunkedSize) => {
  const logits = new Float64Array(classes);
  for (let c = 0; c < classes; c++)
    for (let i = 0; i < size; i++) logits[c]! += hidden[row * size + i]! * weights[c * size + i]!;
  return logits;
};

const counts = (target: number, classes: number, { ignoreIndex }: ChunkedCrossEntropyAttrs): boolean =>
  target !== ignoreIndex && target >= 0 && target < classes;

/** Packed operands of matmul.as.ts: depth 512, blocks of 96 rows. */
function packedWords(threads: number, products: readonly (readonly [k: number, n: number])[]): [number, number] {
  const packedB = products.map(([k, n]) => 8 * Math.ceil(n / 8) * Math.min(k, 512));
  return [threads * (96 * 512 + 64), Math.max(...packedB)];
}

const product = (
  [a, b, c]: readonly [Place, Place, Place],
  [packedA, packedB]: readonly [Place, Place],
  numbers: readonly number[],
): WasmCall => ({ fn: 'matmul_within', args: [a, b, c, packedA, packedB, ...numbers] });

const gradientKernel = defineKernel<ChunkedCrossEntropyAttrs>({
  name: 'ChunkedCrossEntropyGradient',
  inputs: ['hidden', 'weights', 'targets', 'logSums', 'weight', 'dLoss', 'dLosses', 'sampleWeights'],
  infer: ([hidden, weights]) => [hidden!, weights!],
  /** Logits of a chunk, its share of the gradient of hidden, packed operands. */
  scratch({ inputs, attrs: { chunk } }, threads) {
    const { rows, hidden, classes } = sizeOfProblem(inputs);
    const width = Math.min(chunk, classes);
    return [
      rows * width,
      rows * hidden,
      ...packedWords(threads, [
        [hidden, width],
        [width, hidden],
        [rows, hidden],
      ]),
    ];
  },
  reference(inputs, [dHidden, dWeights], { inputs: specs, attrs }) {
    const size = sizeOfProblem(specs);
    const [hidden, weights, targets, logSums, weight, dLoss, dLosses, sampleWeights] = inputs;
    const sums = new Float64Array(dWeights!.length);
    dHidden!.fill(0);
    for (let row = 0; row < size.rows; row++) {
      const target = targets![row]!;
      if (!counts(target, size.classes, attrs)) continue;
      const scale = (sampleWeights?.[row] ?? 1) * rowScale(row, [dLoss!, dLosses!, weight!], attrs.reduction);
      const logits = logitsOf(hidden!, weights!, row, size);
      const own = new Float64Array(size.hidden);
      for (let c = 0; c < size.classes; c++) {
        const g = scale * (Math.exp(logits[c]! - logSums![row]!) - (c === target ? 1 : 0));
        for (let i = 0; i < size.hidden; i++) {
          own[i]! += g * weights![c * size.hidden + i]!;
          sums[c * size.hidden + i]! += g * hidden![row * size.hidden + i]!;
        }
      }
      dHidden!.set(own, row * size.hidden);
    }
    dWeights!.set(sums);
  },
  wasm({ inputs, attrs }) {
    const { rows, hidden, classes } = sizeOfProblem(inputs);
    const logits: Place = { scratch: 0 };
    const part: Place = { scratch: 1 };
    const packed = [{ scratch: 2 }, { scratch: 3 }] as const;
    const [x, w, dx, dw]: Place[] = [{ input: 0 }, { input: 1 }, { output: 0 }, { output: 1 }];
    const rowPlaces = [{ input: 2 }, attrs.sampleWeights ? { input: 7 } : 0, { input: 3 }, { input: 4 }];
    const upstream = [{ input: 5 }, { input: 6 }];
    const mean = attrs.reduction === 'mean' ? 1 : 0;
    return chunksOf(classes, attrs.chunk).flatMap(({ first, width }) => [
      product([x!, w!, logits], packed, [0, first * hidden, 0, rows, hidden, width, 0, 1]),
      {
        fn: 'chunk_gradient',
        args: [logits, ...rowPlaces, ...upstream, rows, width, first, classes, attrs.ignoreIndex, mean],
      },
      product([logits, w!, first === 0 ? dx! : part], packed, [0, first * hidden, 0, rows, width, hidden, 0, 0]),
      ...(first === 0 ? [] : [{ fn: 'add_into', args: [part, dx!, rows * hidden] }]),
      product([logits, x!, dw!], packed, [0, 0, first * hidden, width, rows, hidden, 1, 0]),
    ]);
  },
  webgpu: ({ inputs, attrs }, gpu) => chunkedGradientPasses(gpu, sizeOfProblem(inputs), attrs),
  cases: forms().map(({ inputs: [hidden, weights, targets, ...more], attrs }) => {
    const rows = rowSpec(hidden!);
    return {
      inputs: [hidden!, weights!, targets!, { ...rows, fill: { values: [9, 10] } }, one(), one(), rows, ...more],
      attrs,
    };
  }),
});

const kernel = defineKernel<ChunkedCrossEntropyAttrs>({
  name: 'ChunkedCrossEntropy',
  inputs: ['hidden', 'weights', 'targets', 'sampleWeights'],
  infer(inputs, attrs) {
    const [hidden, weights, targets, sampleWeights] = inputs;
    const rows = rowSpec(hidden!);
    expectShape('ChunkedCrossEntropy', 'weights', weights, [weights!.shape[0]!, hidden!.shape.at(-1)!]);
    expectShape('ChunkedCrossEntropy', 'targets', targets, rows.shape);
    if (attrs.sampleWeights) expectShape('ChunkedCrossEntropy', 'sampleWeights', sampleWeights, rows.shape);
    const scalar: Spec = { shape: [], dtype: 'float32' };
    return [scalar, rows, rows, scalar];
  },
  statistics: [2, 3],
  /** Logits of a chunk; largest logit, Σ exp, target's logit and weight of each row; packed operands. */
  scratch({ inputs, attrs: { chunk } }, threads) {
    const { rows, hidden, classes } = sizeOfProblem(inputs);
    const width = Math.min(chunk, classes);
    return [rows * width, rows, rows, rows, rows, ...packedWords(threads, [[hidden, width]])];
  },
  reference(inputs, [loss, losses, logSums, weight], { inputs: specs, attrs }) {
    const size = sizeOfProblem(specs);
    const [hidden, weights, targets, sampleWeights] = inputs;
    const rowWeights = new Float64Array(size.rows);
    for (let row = 0; row < size.rows; row++) {
      const logits = logitsOf(hidden!, weights!, row, size);
      const most = logits.reduce((a, b) => Math.max(a, b));
      logSums![row] = most + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0));
      const target = targets![row]!;
      losses![row] = 0;
      if (!counts(target, size.classes, attrs)) continue;
      rowWeights[row] = sampleWeights?.[row] ?? 1;
      losses![row] = rowWeights[row]! * (logSums![row]! - logits[target]!);
    }
    totalReference(losses!, rowWeights, [loss!, weight!], attrs.reduction);
  },
  wasm({ inputs, attrs }) {
    const { rows, hidden, classes } = sizeOfProblem(inputs);
    const [logits, most, sums, picked, weights]: Place[] = [0, 1, 2, 3, 4].map((scratch) => ({ scratch }));
    const targets: Place = { input: 2 };
    const losses: Place = { output: 1 };
    const places = [{ input: 0 }, { input: 1 }, logits!] as const;
    const kept = [most!, sums!, picked!];
    return [
      ...chunksOf(classes, attrs.chunk).flatMap(({ first, width }) => [
        product(places, [{ scratch: 5 }, { scratch: 6 }], [0, first * hidden, 0, rows, hidden, width, 0, 1]),
        { fn: 'chunk_log_sums', args: [logits!, targets, ...kept, rows, width, first] },
      ]),
      {
        fn: 'chunk_losses',
        args: [
          ...[targets, attrs.sampleWeights ? { input: 3 } : 0, ...kept, losses, { output: 2 }, weights!],
          ...[rows, classes, attrs.ignoreIndex],
        ],
      },
      totalCall({ losses, weights: weights!, loss: { output: 0 }, weight: { output: 3 } }, rows, attrs.reduction),
    ];
  },
  webgpu: ({ inputs, attrs }, gpu) => chunkedPasses(gpu, sizeOfProblem(inputs), attrs),
  gradient([dLoss, dLosses], { inputs: [hidden, weights, targets, ...more], outputs, attrs }) {
    const both = once(() =>
      call(gradientKernel, [hidden!, weights!, targets!, outputs[2]!, outputs[3]!, dLoss!, dLosses!, ...more], attrs),
    );
    return [(): Tensor => both()[0]!, (): Tensor => both()[1]!, null, ...more.map(() => null)];
  },
  cases: forms(),
});

function one(): Spec & { fill: 'positive' } {
  return { shape: [], dtype: 'float32', fill: 'positive' };
}

/** One chunk, several even ones, and a last that is smaller. */
function forms(): KernelCase<ChunkedCrossEntropyAttrs>[] {
  const sizes = [
    { rows: [1], hidden: 3, classes: 5, chunk: 8 },
    { rows: [63], hidden: 8, classes: 64, chunk: 32 },
    { rows: [2, 3], hidden: 17, classes: 65, chunk: 32 },
    { rows: [65], hidden: 33, classes: 130, chunk: 64 },
  ];
  return sizes.map(({ rows, hidden, classes, chunk }, i) => {
    const weighed = i % 2 === 1;
    const inputs: KernelCase['inputs'][number][] = [
      { shape: [...rows, hidden], dtype: 'float32' },
      { shape: [classes, hidden], dtype: 'float32' },
      { shape: rows, dtype: 'int32', fill: { ids: classes } },
    ];
    if (weighed) inputs.push({ shape: rows, dtype: 'float32', fill: 'positive' });
    return {
      inputs,
      attrs: { ignoreIndex: weighed ? 1 : -100, reduction: i < 3 ? 'mean' : 'sum', sampleWeights: weighed, chunk },
    };
  });
}

export const chunkedCrossEntropyKernels = [kernel, gradientKernel];

export interface ChunkedCrossEntropyOptions {
  ignoreIndex?: number;
  reduction?: Reduction;
  /** One number a row. */
  sampleWeights?: Tensor | undefined;
  chunk?: number;
}

/**
 * hidden [..., h], weights [classes, h] (a language model's head, or its tied embedding) and targets [...] (int32) →
 * the loss (a scalar) and each row's own. Never holds more logits than rows × chunk.
 */
export function chunkedCrossEntropy(
  hidden: Tensor,
  weights: Tensor,
  targets: Tensor,
  { ignoreIndex = -100, reduction = 'mean', sampleWeights, chunk = 2048 }: ChunkedCrossEntropyOptions = {},
): { loss: Tensor; losses: Tensor } {
  const inputs = [hidden, weights, targets, ...(sampleWeights ? [sampleWeights] : [])];
  const attrs = { ignoreIndex, reduction, sampleWeights: sampleWeights !== undefined, chunk };
  const [loss, losses] = call(kernel, inputs, attrs);
  return { loss: loss!, losses: losses! };
}
