// Softmax cross-entropy from logits and class numbers, by PyTorch's definitions: a weighted mean divides by the sum of
// the weights, smoothing takes each class's term by that class's weight. With gamma it is the focal loss (Lin et al.
// 2017). Distributions as targets are in soft-cross-entropy.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { crossEntropyGradientPasses, crossEntropyPasses } from './cross-entropy.wgsl';
import { defineKernel, type KernelCase, type Numbers, type Place, type Spec } from './kernel';
import { rowScale, totalCall, totalReference, type Reduction } from './loss-total';
import { expectShape, rowSpec, rowsOf } from './row-shape';

export type CrossEntropyAttrs = {
  /** Rows with this target count nowhere; so do those whose target is no class. */
  ignoreIndex: number;
  labelSmoothing: number;
  /** Focal loss: each row times (1 − p)^gamma. 0 for plain cross-entropy. */
  gamma: number;
  reduction: Reduction;
  /** Whether class weights also count in what a mean is divided by, as in PyTorch; not so in focal losses. */
  weighsMean: boolean;
  classWeights: boolean;
  sampleWeights: boolean;
};

const defaults = { ignoreIndex: -100, labelSmoothing: 0, gamma: 0, reduction: 'mean', weighsMean: true } as const;

/** Places of the optional inputs, `first` being the position after the others. */
export function weightPlaces(
  { classWeights, sampleWeights }: { classWeights: boolean; sampleWeights: boolean },
  first: number,
): { classWeights: Place | null; sampleWeights: Place | null } {
  return {
    classWeights: classWeights ? { input: first } : null,
    sampleWeights: sampleWeights ? { input: first + (classWeights ? 1 : 0) } : null,
  };
}

/** The optional inputs themselves. */
export function weightsOf(
  inputs: readonly Numbers[],
  { classWeights, sampleWeights }: { classWeights: boolean; sampleWeights: boolean },
  first: number,
): { classWeights: Numbers | null; sampleWeights: Numbers | null } {
  return {
    classWeights: classWeights ? inputs[first]! : null,
    sampleWeights: sampleWeights ? inputs[first + (classWeights ? 1 : 0)]! : null,
  };
}

/** Refuses weights whose shapes do not fit the logits. */
export function expectWeights(name: string, inputs: readonly Spec[], attrs: CrossEntropyAttrs, first: number): void {
  const logits = inputs[0]!;
  if (attrs.classWeights) expectShape(name, 'classWeights', inputs[first], [logits.shape.at(-1)!]);
  if (attrs.sampleWeights)
    expectShape(name, 'sampleWeights', inputs[first + (attrs.classWeights ? 1 : 0)], rowSpec(logits).shape);
}

export function logSumExp(x: Numbers, start: number, columns: number): number {
  let most = -Infinity;
  for (let i = 0; i < columns; i++) most = Math.max(most, x[start + i]!);
  let sum = 0;
  for (let i = 0; i < columns; i++) sum += Math.exp(x[start + i]! - most);
  return most + Math.log(sum);
}

const counts = (target: number, columns: number, { ignoreIndex }: CrossEntropyAttrs): boolean =>
  target !== ignoreIndex && target >= 0 && target < columns;

const gradientKernel = defineKernel<CrossEntropyAttrs>({
  name: 'CrossEntropyGradient',
  inputs: ['logits', 'targets', 'logSums', 'weight', 'dLoss', 'dLosses', 'classWeights', 'sampleWeights'],
  infer: ([logits]) => [logits!],
  reference(inputs, [dLogits], { inputs: [spec], attrs }) {
    const { rows, columns } = rowsOf('CrossEntropyGradient', spec!);
    const [logits, targets, logSums, weight, dLoss, dLosses] = inputs;
    const { classWeights, sampleWeights } = weightsOf(inputs, attrs, 6);
    const share = attrs.labelSmoothing / columns;
    let classTotal = 0;
    for (let i = 0; i < columns; i++) classTotal += classWeights ? classWeights[i]! : 1;
    dLogits!.fill(0);
    for (let row = 0; row < rows; row++) {
      const target = targets![row]!;
      if (!counts(target, columns, attrs)) continue;
      const start = row * columns;
      const scale = (sampleWeights?.[row] ?? 1) * rowScale(row, [dLoss!, dLosses!, weight!], attrs.reduction);
      const nll = logSums![row]! - logits![start + target]!;
      const p = Math.exp(-nll);
      const focus =
        attrs.gamma === 0 ? 1 : (1 - p) ** attrs.gamma + attrs.gamma * (1 - p) ** (attrs.gamma - 1) * p * nll;
      const hit = (classWeights?.[target] ?? 1) * (1 - attrs.labelSmoothing) * focus;
      for (let i = 0; i < columns; i++) {
        const probability = Math.exp(logits![start + i]! - logSums![row]!);
        const smooth = share * (classTotal * probability - (classWeights?.[i] ?? 1));
        dLogits![start + i] = scale * (hit * (probability - (i === target ? 1 : 0)) + smooth);
      }
    }
  },
  wasm({ inputs: [spec], attrs }) {
    const { rows, columns } = rowsOf('CrossEntropyGradient', spec!);
    const { classWeights, sampleWeights } = weightPlaces(attrs, 6);
    const places = [{ input: 0 }, { input: 1 }, classWeights ?? 0, sampleWeights ?? 0];
    const kept = [{ input: 2 }, { input: 3 }, { input: 4 }, { input: 5 }, { output: 0 }];
    const numbers = [rows, columns, attrs.ignoreIndex, attrs.labelSmoothing, attrs.gamma];
    const args = [...places, ...kept, ...numbers, attrs.reduction === 'mean' ? 1 : 0];
    return [{ fn: 'cross_entropy_gradient', args }];
  },
  webgpu: ({ inputs: [spec], attrs }, gpu) =>
    crossEntropyGradientPasses(gpu, rowsOf('CrossEntropyGradient', spec!), attrs),
  cases: forms([7, 5]).map(({ inputs: [logits, targets, ...weights], attrs }) => ({
    inputs: [logits!, targets!, { ...row(7), fill: { values: [6, 7, 6.5] } }, one(), one(), row(7), ...weights],
    attrs,
  })),
});

const kernel = defineKernel<CrossEntropyAttrs>({
  name: 'CrossEntropy',
  inputs: ['logits', 'targets', 'classWeights', 'sampleWeights'],
  infer(inputs, attrs) {
    const [logits, targets] = inputs;
    rowsOf('CrossEntropy', logits!);
    const rows = rowSpec(logits!);
    expectShape('CrossEntropy', 'targets', targets, rows.shape);
    if (targets!.dtype !== 'int32')
      throw new Error('CrossEntropy needs whole-number targets; for distributions use softCrossEntropy.');
    if (attrs.gamma !== 0 && attrs.labelSmoothing !== 0)
      throw new Error('A focal loss has no label smoothing: set gamma or labelSmoothing to 0.');
    expectWeights('CrossEntropy', inputs, attrs, 2);
    const scalar: Spec = { shape: [], dtype: 'float32' };
    return [scalar, rows, rows, scalar];
  },
  statistics: [2, 3],
  scratch: ({ inputs: [spec] }) => [rowsOf('CrossEntropy', spec!).rows],
  reference(inputs, [loss, losses, logSums, weight], { inputs: [spec], attrs }) {
    const { rows, columns } = rowsOf('CrossEntropy', spec!);
    const [logits, targets] = inputs;
    const { classWeights, sampleWeights } = weightsOf(inputs, attrs, 2);
    const weights = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const start = row * columns;
      const target = targets![row]!;
      const logSum = logSumExp(logits!, start, columns);
      logSums![row] = logSum;
      losses![row] = 0;
      if (!counts(target, columns, attrs)) continue;
      const sample = sampleWeights?.[row] ?? 1;
      const own = classWeights?.[target] ?? 1;
      const nll = logSum - logits![start + target]!;
      let value = own * (1 - attrs.labelSmoothing) * nll * (1 - Math.exp(-nll)) ** attrs.gamma;
      for (let i = 0; i < columns && attrs.labelSmoothing !== 0; i++)
        value += (attrs.labelSmoothing / columns) * (classWeights?.[i] ?? 1) * (logSum - logits![start + i]!);
      losses![row] = sample * value;
      weights[row] = sample * (attrs.weighsMean ? own : 1);
    }
    totalReference(losses!, weights, [loss!, weight!], attrs.reduction);
  },
  wasm({ inputs: [spec], attrs }) {
    const { rows, columns } = rowsOf('CrossEntropy', spec!);
    const { classWeights, sampleWeights } = weightPlaces(attrs, 2);
    const losses: Place = { output: 1 };
    const weights: Place = { scratch: 0 };
    const places = [{ input: 0 }, { input: 1 }, classWeights ?? 0, sampleWeights ?? 0, losses, { output: 2 }, weights];
    const numbers = [rows, columns, attrs.ignoreIndex, attrs.labelSmoothing, attrs.gamma, attrs.weighsMean ? 0 : 1];
    return [
      { fn: 'cross_entropy', args: [...places, ...numbers] },
      totalCall({ losses, weights, loss: { output: 0 }, weight: { output: 3 } }, rows, attrs.reduction),
    ];
  },
  webgpu: ({ inputs: [spec], attrs }, gpu) => crossEntropyPasses(gpu, rowsOf('CrossEntropy', spec!), attrs),
  gradient: ([dLoss, dLosses], { inputs, outputs, attrs }): ((() => Tensor) | null)[] => [
    () =>
      call(
        gradientKernel,
        [inputs[0]!, inputs[1]!, outputs[2]!, outputs[3]!, dLoss!, dLosses!, ...inputs.slice(2)],
        attrs,
      )[0]!,
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

function one(): Spec & { fill: 'positive' } {
  return { shape: [], dtype: 'float32', fill: 'positive' };
}

function row(...shape: number[]): Spec {
  return { shape, dtype: 'float32' };
}

/** Plain, and one with everything that goes together. */
function forms(shape: readonly number[]): KernelCase<CrossEntropyAttrs>[] {
  const columns = shape.at(-1)!;
  const logits = row(...shape);
  const targets = { ...rowSpec(logits, 'int32'), fill: { ids: columns } };
  const weights = [
    { ...row(columns), fill: 'positive' as const },
    { ...rowSpec(logits), fill: 'positive' as const },
  ];
  const plain: CrossEntropyAttrs = { ...defaults, classWeights: false, sampleWeights: false };
  return [
    { inputs: [logits, targets], attrs: plain },
    {
      inputs: [logits, targets, ...weights],
      attrs: { ...plain, ignoreIndex: 1, labelSmoothing: 0.1, classWeights: true, sampleWeights: true },
    },
    { inputs: [logits, targets], attrs: { ...plain, gamma: 2, reduction: 'sum' } },
  ];
}

export const crossEntropyKernels = [kernel, gradientKernel];

export interface CrossEntropyOptions extends Partial<Omit<CrossEntropyAttrs, 'classWeights' | 'sampleWeights'>> {
  /** One number a class. */
  classWeights?: Tensor | undefined;
  /** One number a row. */
  sampleWeights?: Tensor | undefined;
}

/**
 * logits [..., classes] and targets [...] (int32) → the loss (a scalar) and each row's own, before the mean or sum.
 * Without any row that counts the loss and its gradient are 0.
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  { classWeights, sampleWeights, ...options }: CrossEntropyOptions = {},
): { loss: Tensor; losses: Tensor } {
  const [loss, losses] = call(
    kernel,
    [logits, targets, ...(classWeights ? [classWeights] : []), ...(sampleWeights ? [sampleWeights] : [])],
    { ...defaults, ...options, classWeights: classWeights !== undefined, sampleWeights: sampleWeights !== undefined },
  );
  return { loss: loss!, losses: losses! };
}
