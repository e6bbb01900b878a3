// Softmax cross-entropy from logits and distributions over the classes, by PyTorch's definitions: class weights weigh
// terms, and a mean divides by the rows (here by their sample weights). Targets are not trained.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { logSumExp, weightPlaces, weightsOf } from './cross-entropy';
import { logSumWgsl, weightBindings } from './cross-entropy.wgsl';
import { defineKernel, type KernelCase, type Place, type Spec } from './kernel';
import { rowScale, rowScaleWgsl, totalCall, totalPass, totalReference, type Reduction } from './loss-total';
import { expectShape, rowSpec, rowsOf } from './row-shape';
import { rowPass, type Binding } from './wgsl-rows';

export type SoftCrossEntropyAttrs = {
  labelSmoothing: number;
  reduction: Reduction;
  classWeights: boolean;
  sampleWeights: boolean;
};

/** WGSL of target i of the row, smoothed and weighed. */
const targetWgsl = ({ labelSmoothing, classWeights }: SoftCrossEntropyAttrs, columns: number): string =>
  `(${1 - labelSmoothing}f * targets[start + i] + ${labelSmoothing / columns}f)${classWeights ? ' * classWeights[i]' : ''}`;

const gradientKernel = defineKernel<SoftCrossEntropyAttrs>({
  name: 'SoftCrossEntropyGradient',
  inputs: [
    ...['logits', 'targets', 'logSums', 'targetSums', 'weight', 'dLoss', 'dLosses'],
    ...['classWeights', 'sampleWeights'],
  ],
  infer: ([logits]) => [logits!],
  reference(inputs, [dLogits], { inputs: [spec], attrs }) {
    const { rows, columns } = rowsOf('SoftCrossEntropyGradient', spec!);
    const [logits, targets, logSums, targetSums, weight, dLoss, dLosses] = inputs;
    const { classWeights, sampleWeights } = weightsOf(inputs, attrs, 7);
    for (let row = 0; row < rows; row++) {
      const scale = (sampleWeights?.[row] ?? 1) * rowScale(row, [dLoss!, dLosses!, weight!], attrs.reduction);
      for (let i = 0; i < columns; i++) {
        const at = row * columns + i;
        const smoothed = (1 - attrs.labelSmoothing) * targets![at]! + attrs.labelSmoothing / columns;
        const probability = Math.exp(logits![at]! - logSums![row]!);
        dLogits![at] = scale * (targetSums![row]! * probability - smoothed * (classWeights?.[i] ?? 1));
      }
    }
  },
  wasm({ inputs: [spec], attrs }) {
    const { rows, columns } = rowsOf('SoftCrossEntropyGradient', spec!);
    const { classWeights, sampleWeights } = weightPlaces(attrs, 7);
    const places = [{ input: 0 }, { input: 1 }, classWeights ?? 0, sampleWeights ?? 0];
    const kept = [{ input: 2 }, { input: 3 }, { input: 4 }, { input: 5 }, { input: 6 }, { output: 0 }];
    const args = [...places, ...kept, rows, columns, attrs.labelSmoothing, attrs.reduction === 'mean' ? 1 : 0];
    return [{ fn: 'soft_cross_entropy_gradient', args }];
  },
  webgpu({ inputs: [spec], attrs }, gpu) {
    const { rows, columns } = rowsOf('SoftCrossEntropyGradient', spec!);
    const bindings: Binding[] = [
      ...['logits', 'targets', 'logSums', 'targetSums'].map((name, input) => ({ name, place: { input } })),
      ...(attrs.reduction === 'mean' ? [{ name: 'weight', place: { input: 4 } }] : []),
      { name: 'dLoss', place: { input: 5 } },
      { name: 'dLosses', place: { input: 6 } },
      ...weightBindings(attrs, 7),
      { name: 'dLogits', place: { output: 0 }, writes: true },
    ];
    const body = `  let start = row * ${columns}u;
  ${rowScaleWgsl(attrs.reduction)}
  let size = scale${attrs.sampleWeights ? ' * sampleWeights[row]' : ''};
  for (var i = lane; i < ${columns}u; i += lanes) {
    let probability = exp(max(logits[start + i] - logSums[row], -100.0));
    dLogits[start + i] = size * (targetSums[row] * probability - ${targetWgsl(attrs, columns)});
  }`;
    return [rowPass(gpu, rows, bindings, body)];
  },
  cases: [
    [7, 5],
    [3, 66],
  ]
    .flatMap(forms)
    .map(({ inputs: [logits, targets, ...weights], attrs }) => {
      const rows = rowSpec(logits!);
      const kept = [{ ...rows, fill: { values: [6, 7, 6.5] } }, rows, one(), one(), rows];
      return { inputs: [logits!, targets!, ...kept, ...weights], attrs };
    }),
});

const kernel = defineKernel<SoftCrossEntropyAttrs>({
  name: 'SoftCrossEntropy',
  inputs: ['logits', 'targets', 'classWeights', 'sampleWeights'],
  infer(inputs, attrs) {
    const [logits, targets] = inputs;
    const { columns } = rowsOf('SoftCrossEntropy', logits!);
    expectShape('SoftCrossEntropy', 'targets', targets, logits!.shape);
    const rows = rowSpec(logits!);
    if (attrs.classWeights) expectShape('SoftCrossEntropy', 'classWeights', inputs[2], [columns]);
    if (attrs.sampleWeights) expectShape('SoftCrossEntropy', 'sampleWeights', inputs.at(-1), rows.shape);
    const scalar: Spec = { shape: [], dtype: 'float32' };
    return [scalar, rows, rows, rows, scalar];
  },
  statistics: [2, 3, 4],
  reference(inputs, [loss, losses, logSums, targetSums, weight], { inputs: [spec], attrs }) {
    const { rows, columns } = rowsOf('SoftCrossEntropy', spec!);
    const [logits, targets] = inputs;
    const { classWeights, sampleWeights } = weightsOf(inputs, attrs, 2);
    for (let row = 0; row < rows; row++) {
      const start = row * columns;
      const logSum = logSumExp(logits!, start, columns);
      let sum = 0;
      let all = 0;
      for (let i = 0; i < columns; i++) {
        const smoothed = (1 - attrs.labelSmoothing) * targets![start + i]! + attrs.labelSmoothing / columns;
        const term = smoothed * (classWeights?.[i] ?? 1);
        all += term;
        sum += term * (logSum - logits![start + i]!);
      }
      losses![row] = (sampleWeights?.[row] ?? 1) * sum;
      logSums![row] = logSum;
      targetSums![row] = all;
    }
    totalReference(losses!, sampleWeights, [loss!, weight!], attrs.reduction);
  },
  wasm({ inputs: [spec], attrs }) {
    const { rows, columns } = rowsOf('SoftCrossEntropy', spec!);
    const { classWeights, sampleWeights } = weightPlaces(attrs, 2);
    const losses: Place = { output: 1 };
    const places = [{ input: 0 }, { input: 1 }, classWeights ?? 0, sampleWeights ?? 0];
    const results = [losses, { output: 2 }, { output: 3 }];
    return [
      { fn: 'soft_cross_entropy', args: [...places, ...results, rows, columns, attrs.labelSmoothing] },
      totalCall({ losses, weights: sampleWeights, ...totals }, rows, attrs.reduction),
    ];
  },
  webgpu({ inputs: [spec], attrs }, gpu) {
    const { rows, columns } = rowsOf('SoftCrossEntropy', spec!);
    const { sampleWeights } = weightPlaces(attrs, 2);
    const losses: Place = { output: 1 };
    const bindings: Binding[] = [
      { name: 'logits', place: { input: 0 } },
      { name: 'targets', place: { input: 1 } },
      ...weightBindings(attrs, 2),
      { name: 'losses', place: losses, writes: true },
      { name: 'logSums', place: { output: 2 }, writes: true },
      { name: 'targetSums', place: { output: 3 }, writes: true },
    ];
    const body = `  let start = row * ${columns}u;
${logSumWgsl(columns)}
  var sum = 0.0;
  var all = 0.0;
  for (var i = lane; i < ${columns}u; i += lanes) {
    let term = ${targetWgsl(attrs, columns)};
    all += term;
    sum += term * (logSum - logits[start + i]);
  }
  sum = laneSum(sum, lane);
  all = laneSum(all, lane);
  if (lane == 0u) {
    losses[row] = sum${sampleWeights ? ' * sampleWeights[row]' : ''};
    logSums[row] = logSum;
    targetSums[row] = all;
  }`;
    const total = totalPass(gpu, { losses, weights: sampleWeights, ...totals }, rows, attrs.reduction);
    return [rowPass(gpu, rows, bindings, body), total];
  },
  gradient: ([dLoss, dLosses], { inputs, outputs, attrs }): ((() => Tensor) | null)[] => [
    () => {
      const kept = [outputs[2]!, outputs[3]!, outputs[4]!, dLoss!, dLosses!];
      return call(gradientKernel, [inputs[0]!, inputs[1]!, ...kept, ...inputs.slice(2)], attrs)[0]!;
    },
    ...inputs.slice(1).map(() => null),
  ],
  cases: [
    [1, 1],
    [63, 3],
    [64, 10],
    [5, 65],
    [2, 3, 7],
    [33, 130],
  ].flatMap(forms),
});

const totals = { loss: { output: 0 }, weight: { output: 4 } };

function one(): Spec & { fill: 'positive' } {
  return { shape: [], dtype: 'float32', fill: 'positive' };
}

function row(...shape: number[]): Spec {
  return { shape, dtype: 'float32' };
}

function forms(shape: readonly number[]): KernelCase<SoftCrossEntropyAttrs>[] {
  const logits = row(...shape);
  const targets = { ...logits, fill: 'positive' as const };
  const weights = [
    { ...row(shape.at(-1)!), fill: 'positive' as const },
    { ...rowSpec(logits), fill: 'positive' as const },
  ];
  const all = { classWeights: true, sampleWeights: true };
  return [
    {
      inputs: [logits, targets],
      attrs: { labelSmoothing: 0, reduction: 'sum', classWeights: false, sampleWeights: false },
    },
    { inputs: [logits, targets, ...weights], attrs: { labelSmoothing: 0.2, reduction: 'mean', ...all } },
  ];
}

export const softCrossEntropyKernels = [kernel, gradientKernel];

export interface SoftCrossEntropyOptions {
  labelSmoothing?: number;
  reduction?: Reduction;
  /** One number a class. */
  classWeights?: Tensor | undefined;
  /** One number a row. */
  sampleWeights?: Tensor | undefined;
}

/** logits and targets [..., classes] → the loss (a scalar) and each row's own, before the mean or sum. */
export function softCrossEntropy(
  logits: Tensor,
  targets: Tensor,
  { labelSmoothing = 0, reduction = 'mean', classWeights, sampleWeights }: SoftCrossEntropyOptions = {},
): { loss: Tensor; losses: Tensor } {
  const [loss, losses] = call(
    kernel,
    [logits, targets, ...(classWeights ? [classWeights] : []), ...(sampleWeights ? [sampleWeights] : [])],
    { labelSmoothing, reduction, classWeights: classWeights !== undefined, sampleWeights: sampleWeights !== undefined },
  );
  return { loss: loss!, losses: losses! };
}
