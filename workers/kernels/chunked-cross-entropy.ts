// Softmax cross-entropy of hidden · weightsᵀ over a large vocabulary: logits exist for one chunk of classes at a time,
// in the forward pass and, made again, in the backward pass. Equal to a product and crossEntropy but for rounding.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { chunkedGradientPasses, chunkedPasses } from './chunked-cross-entropy.wgsl';
import { weightPlaces, weightsOf } from './cross-entropy';
import { defineKernel, type KernelCase, type Numbers, type Place, type Spec, type WasmCall } from './kernel';
import { rowScale, totalCall, totalReference, type Reduction } from './loss-total';
import { once } from './once';
import { expectShape, rowSpec, rowsOf } from './row-shape';

export type ChunkedCrossEntropyAttrs = {
  ignoreIndex: number;
  /** Share of the target that is spread over all classes, by their weights, as in PyTorch. */
  labelSmoothing: number;
  reduction: Reduction;
  /** Also count in what a mean is divided by. */
  classWeights: boolean;
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

/** Σ of the classes' weights: what smoothing spreads a row's log sum over. */
const classTotal = (classWeights: Numbers | null, classes: number): number =>
  classWeights ? Array.from(classWeights).reduce((sum, weight) => sum + weight, 0) : classes;

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
  inputs: ['hidden', 'weights', 'targets', 'logSums', 'weight', 'dLoss', 'dLosses', 'classWeights', 'sampleWeights'],
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
    const [hidden, weights, targets, logSums, weight, dLoss, dLosses] = inputs;
    const { classWeights, sampleWeights } = weightsOf(inputs, attrs, 7);
    const share = attrs.labelSmoothing / size.classes;
    const total = classWeights ? weight![1]! : size.classes;
    const sums = new Float64Array(dWeights!.length);
    dHidden!.fill(0);
    for (let row = 0; row < size.rows; row++) {
      const target = targets![row]!;
      if (!counts(target, size.classes, attrs)) continue;
      const scale = (sampleWeights?.[row] ?? 1) * rowScale(row, [dLoss!, dLosses!, weight!], attrs.reduction);
      const logits = logitsOf(hidden!, weights!, row, size);
      const hit = (classWeights?.[target] ?? 1) * (1 - attrs.labelSmoothing);
      const own = new Float64Array(size.hidden);
      for (let c = 0; c < size.classes; c++) {
        const p = Math.exp(logits[c]! - logSums![row]!);
        const g = scale * (hit * (p - (c === target ? 1 : 0)) + share * (total * p - (classWeights?.[c] ?? 1)));
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
    const { classWeights, sampleWeights } = weightPlaces(attrs, 7);
    const rowPlaces = [{ input: 2 }, classWeights ?? 0, sampleWeights ?? 0, { input: 3 }, { input: 4 }];
    const upstream = [{ input: 5 }, { input: 6 }];
    const mean = attrs.reduction === 'mean' ? 1 : 0;
    return chunksOf(classes, attrs.chunk).flatMap(({ first, width }) => [
      product([x!, w!, logits], packed, [0, first * hidden, 0, rows, hidden, width, 0, 1]),
      {
        fn: 'chunk_gradient',
        args: [
          logits,
          ...rowPlaces,
          ...upstream,
          rows,
          width,
          first,
          classes,
          attrs.ignoreIndex,
          attrs.labelSmoothing,
          mean,
        ],
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
      inputs: [
        hidden!,
        weights!,
        targets!,
        { ...rows, fill: { values: [9, 10] } },
        { ...one(), shape: [2] },
        one(),
        rows,
        ...more,
      ],
      attrs,
    };
  }),
});

const kernel = defineKernel<ChunkedCrossEntropyAttrs>({
  name: 'ChunkedCrossEntropy',
  inputs: ['hidden', 'weights', 'targets', 'classWeights', 'sampleWeights'],
  infer(inputs, attrs) {
    const [hidden, weights, targets] = inputs;
    const rows = rowSpec(hidden!);
    expectShape('ChunkedCrossEntropy', 'weights', weights, [weights!.shape[0]!, hidden!.shape.at(-1)!]);
    expectShape('ChunkedCrossEntropy', 'targets', targets, rows.shape);
    const more = inputs.slice(3);
    if (attrs.classWeights) expectShape('ChunkedCrossEntropy', 'classWeights', more.shift(), [weights!.shape[0]!]);
    if (attrs.sampleWeights) expectShape('ChunkedCrossEntropy', 'sampleWeights', more.shift(), rows.shape);
    // The last: Σ of the rows' weights, and Σ of the classes'.
    return [{ shape: [], dtype: 'float32' }, rows, rows, { shape: [2], dtype: 'float32' }];
  },
  statistics: [2, 3],
  /** Logits of a chunk; of each row largest logit, Σ exp, target's logit and weighted Σ of logits; its weight; packed operands. */
  scratch({ inputs, attrs: { chunk } }, threads) {
    const { rows, hidden, classes } = sizeOfProblem(inputs);
    const width = Math.min(chunk, classes);
    return [rows * width, 4 * rows, rows, ...packedWords(threads, [[hidden, width]])];
  },
  reference(inputs, [loss, losses, logSums, weight], { inputs: specs, attrs }) {
    const size = sizeOfProblem(specs);
    const [hidden, weights, targets] = inputs;
    const { classWeights, sampleWeights } = weightsOf(inputs, attrs, 3);
    const total = classTotal(classWeights, size.classes);
    const rowWeights = new Float64Array(size.rows);
    for (let row = 0; row < size.rows; row++) {
      const logits = logitsOf(hidden!, weights!, row, size);
      const most = logits.reduce((a, b) => Math.max(a, b));
      logSums![row] = most + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0));
      const target = targets![row]!;
      losses![row] = 0;
      if (!counts(target, size.classes, attrs)) continue;
      const sample = sampleWeights?.[row] ?? 1;
      const own = classWeights?.[target] ?? 1;
      const all = logits.reduce((sum, x, c) => sum + (classWeights?.[c] ?? 1) * x, 0);
      const spread = (attrs.labelSmoothing / size.classes) * (total * logSums![row]! - all);
      losses![row] = sample * (own * (1 - attrs.labelSmoothing) * (logSums![row]! - logits[target]!) + spread);
      rowWeights[row] = sample * own;
    }
    totalReference(losses!, rowWeights, [loss!, weight!], attrs.reduction);
    weight![1] = total;
  },
  wasm({ inputs, attrs }) {
    const { rows, hidden, classes } = sizeOfProblem(inputs);
    const [logits, kept, weights]: Place[] = [0, 1, 2].map((scratch) => ({ scratch }));
    const { classWeights, sampleWeights } = weightPlaces(attrs, 3);
    const smooth = attrs.labelSmoothing === 0 ? 0 : 1;
    const targets: Place = { input: 2 };
    const losses: Place = { output: 1 };
    const places = [{ input: 0 }, { input: 1 }, logits!] as const;
    return [
      ...chunksOf(classes, attrs.chunk).flatMap(({ first, width }) => [
        product(places, [{ scratch: 3 }, { scratch: 4 }], [0, first * hidden, 0, rows, hidden, width, 0, 1]),
        { fn: 'chunk_log_sums', args: [logits!, targets, classWeights ?? 0, kept!, rows, width, first, smooth] },
      ]),
      {
        fn: 'chunk_losses',
        args: [
          ...[targets, classWeights ?? 0, sampleWeights ?? 0, kept!, losses, { output: 2 }, weights!, { output: 3 }],
          ...[rows, classes, attrs.ignoreIndex, attrs.labelSmoothing],
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

/** One chunk, several even ones, and a last that is smaller; each with and without weights and smoothing. */
function forms(): KernelCase<ChunkedCrossEntropyAttrs>[] {
  const sizes = [
    { rows: [1], hidden: 3, classes: 5, chunk: 8 },
    { rows: [63], hidden: 8, classes: 64, chunk: 32 },
    { rows: [2, 3], hidden: 17, classes: 65, chunk: 32 },
    { rows: [65], hidden: 33, classes: 130, chunk: 64 },
  ];
  return [...sizes, ...sizes].map(({ rows, hidden, classes, chunk }, i) => {
    const weighed = i % 2 === 1;
    const smooth = i >= sizes.length;
    const classWeights = smooth && i % 4 !== 0;
    const inputs: KernelCase['inputs'][number][] = [
      { shape: [...rows, hidden], dtype: 'float32' },
      { shape: [classes, hidden], dtype: 'float32' },
      { shape: rows, dtype: 'int32', fill: { ids: classes } },
    ];
    if (classWeights) inputs.push({ shape: [classes], dtype: 'float32', fill: 'positive' });
    if (weighed) inputs.push({ shape: rows, dtype: 'float32', fill: 'positive' });
    return {
      inputs,
      attrs: {
        ...{ ignoreIndex: weighed ? 1 : -100, reduction: i % 4 < 3 ? 'mean' : 'sum', chunk },
        ...{ labelSmoothing: smooth ? 0.1 : 0, classWeights, sampleWeights: weighed },
      },
    };
  });
}

export const chunkedCrossEntropyKernels = [kernel, gradientKernel];

export interface ChunkedCrossEntropyOptions {
  ignoreIndex?: number;
  labelSmoothing?: number;
  reduction?: Reduction;
  /** One number a class. */
  classWeights?: Tensor | undefined;
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
  options: ChunkedCrossEntropyOptions = {},
): { loss: Tensor; losses: Tensor } {
  const { classWeights, sampleWeights, ...more } = options;
  const inputs = [
    ...[hidden, weights, targets],
    ...(classWeights ? [classWeights] : []),
    ...(sampleWeights ? [sampleWeights] : []),
  ];
  const given = { classWeights: classWeights !== undefined, sampleWeights: sampleWeights !== undefined };
  const attrs: ChunkedCrossEntropyAttrs = {
    ...{ ignoreIndex: -100, labelSmoothing: 0, reduction: 'mean', chunk: 2048 },
    ...{ ...more, ...given },
  };
  const [loss, losses] = call(kernel, inputs, attrs);
  return { loss: loss!, losses: losses! };
}
