// Binary cross-entropy from logits by PyTorch's definitions (a weight of positives does not count in the mean), and its
// focal form (Lin et al. 2017; torchvision's sigmoid_focal_loss). logits [rows, labels], or [rows] for one label.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type KernelCase, type Numbers, type Place, type Spec } from './kernel';
import { rowScale, rowScaleWgsl, totalCall, totalPass, totalReference, type Reduction } from './loss-total';
import { expectShape } from './row-shape';
import { rowPass, type Binding } from './wgsl-rows';

export type BinaryCrossEntropyAttrs = {
  /** mean: over the rows' sample weights · sum: over the rows. A row's loss is the mean over its labels. */
  reduction: Reduction;
  posWeight: boolean;
  sampleWeights: boolean;
  focal: boolean;
  gamma: number;
  alpha: number;
};

const sizes = ({ shape }: Spec): { rows: number; columns: number; lead: readonly number[] } => {
  const lead = shape.length > 1 ? shape.slice(0, -1) : shape;
  const rows = sizeOf({ shape: lead, dtype: 'float32' });
  return { rows, columns: shape.length > 1 ? shape.at(-1)! : 1, lead };
};

const defaults = { focal: false, gamma: 0, alpha: 0.5 };

const optional = (attrs: BinaryCrossEntropyAttrs, first: number) => ({
  posWeight: attrs.posWeight ? first : null,
  sampleWeights: attrs.sampleWeights ? first + (attrs.posWeight ? 1 : 0) : null,
});
const placeOf = (input: number | null): Place | null => (input === null ? null : { input });

const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));

/** Loss and derivative of one logit z with target y (0 or 1; plain also between) and weight w of positives. */
function term(z: number, y: number, w: number, { focal, gamma, alpha }: BinaryCrossEntropyAttrs): [number, number] {
  if (!focal) {
    const weight = 1 + (w - 1) * y;
    return [(1 - y) * z + weight * softplusOf(-z), 1 - y - weight * sigmoidOf(-z)];
  }
  const sign = 2 * y - 1;
  const t = sign * z;
  const focus = (alpha * y + (1 - alpha) * (1 - y)) * Math.exp(-gamma * softplusOf(t));
  const slope = -focus * (gamma * sigmoidOf(t) * softplusOf(-t) + sigmoidOf(-t));
  return [focus * softplusOf(-t), sign * slope];
}

/** WGSL that declares `value`, the loss or the derivative, from z, y and w. */
function termWgsl({ focal, gamma, alpha }: BinaryCrossEntropyAttrs, derivative: boolean): string {
  if (!focal)
    return `let away = max(-z, 0.0) + log(1.0 + exp(-abs(z)));
    let weight_ = 1.0 + (w - 1.0) * y;
    let value = ${derivative ? '1.0 - y - weight_ / (1.0 + exp(min(z, 88.0)))' : '(1.0 - y) * z + weight_ * away'};`;
  return `let sign_ = 2.0 * y - 1.0;
    let t = sign_ * z;
    let tail = log(1.0 + exp(-abs(t)));
    let focus = (${alpha}f * y + ${1 - alpha}f * (1.0 - y)) * exp(-${gamma}f * (max(t, 0.0) + tail));
    let p = 1.0 / (1.0 + exp(-clamp(t, -88.0, 88.0)));
    let away = max(-t, 0.0) + tail;
    let value = ${derivative ? `-sign_ * focus * (${gamma}f * p * away + 1.0 - p)` : 'focus * away'};`;
}

const weightOf = (array: Numbers | undefined, i: number): number => array?.[i] ?? 1;
const arrayAt = (inputs: readonly Numbers[], index: number | null) => (index === null ? undefined : inputs[index]);
const focalNumbers = ({ focal, gamma, alpha }: BinaryCrossEntropyAttrs): number[] => [focal ? 1 : 0, gamma, alpha];

const gradientKernel = defineKernel<BinaryCrossEntropyAttrs>({
  name: 'BinaryCrossEntropyGradient',
  inputs: ['logits', 'targets', 'weight', 'dLoss', 'dLosses', 'posWeight', 'sampleWeights'],
  infer: ([logits]) => [logits!],
  reference(inputs, [dLogits], { inputs: [spec], attrs }) {
    const { rows, columns } = sizes(spec!);
    const [logits, targets, weight, dLoss, dLosses] = inputs;
    const at = optional(attrs, 5);
    const posWeight = arrayAt(inputs, at.posWeight);
    const sampleWeights = arrayAt(inputs, at.sampleWeights);
    for (let row = 0; row < rows; row++) {
      const upstream = rowScale(row, [dLoss!, dLosses!, weight!], attrs.reduction);
      const scale = (weightOf(sampleWeights, row) * upstream) / columns;
      for (let i = row * columns; i < (row + 1) * columns; i++)
        dLogits![i] = scale * term(logits![i]!, targets![i]!, weightOf(posWeight, i % columns), attrs)[1];
    }
  },
  wasm({ inputs: [spec], attrs }) {
    const { rows, columns } = sizes(spec!);
    const at = optional(attrs, 5);
    const weights = [placeOf(at.posWeight) ?? 0, placeOf(at.sampleWeights) ?? 0];
    const places = [{ input: 0 }, { input: 1 }, ...weights, { input: 2 }, { input: 3 }, { input: 4 }, { output: 0 }];
    const args = [...places, rows, columns, ...focalNumbers(attrs), attrs.reduction === 'mean' ? 1 : 0];
    return [{ fn: 'binary_cross_entropy_gradient', args }];
  },
  webgpu({ inputs: [spec], attrs }, gpu) {
    const { rows, columns } = sizes(spec!);
    const bindings: Binding[] = [
      { name: 'logits', place: { input: 0 } },
      { name: 'targets', place: { input: 1 } },
      ...(attrs.reduction === 'mean' ? [{ name: 'weight', place: { input: 2 } }] : []),
      { name: 'dLoss', place: { input: 3 } },
      { name: 'dLosses', place: { input: 4 } },
      ...weightBindings(attrs, 5),
      { name: 'dLogits', place: { output: 0 }, writes: true },
    ];
    const body = `  ${rowScaleWgsl(attrs.reduction)}
  let size = scale / ${columns}.0${attrs.sampleWeights ? ' * sampleWeights[row]' : ''};
  for (var i = lane; i < ${columns}u; i += lanes) {
    let z = logits[row * ${columns}u + i];
    let y = targets[row * ${columns}u + i];
    ${attrs.focal ? '' : `let w = ${attrs.posWeight ? 'posWeight[i]' : '1.0'};`}
    ${termWgsl(attrs, true)}
    dLogits[row * ${columns}u + i] = size * value;
  }`;
    return [rowPass(gpu, rows, bindings, body)];
  },
  cases: forms([7, 5]).map(({ inputs: [logits, targets, ...weights], attrs }) => ({
    inputs: [logits!, targets!, one(), one(), float(7), ...weights],
    attrs,
  })),
});

const kernel = defineKernel<BinaryCrossEntropyAttrs>({
  name: 'BinaryCrossEntropy',
  inputs: ['logits', 'targets', 'posWeight', 'sampleWeights'],
  infer(inputs, attrs) {
    const [logits, targets] = inputs;
    expectShape('BinaryCrossEntropy', 'targets', targets, logits!.shape);
    const { columns, lead } = sizes(logits!);
    const at = optional(attrs, 2);
    if (at.posWeight !== null) expectShape('BinaryCrossEntropy', 'posWeight', inputs[at.posWeight], [columns]);
    if (at.sampleWeights !== null) expectShape('BinaryCrossEntropy', 'sampleWeights', inputs[at.sampleWeights], lead);
    const scalar: Spec = { shape: [], dtype: 'float32' };
    return [scalar, { shape: lead, dtype: 'float32' }, scalar];
  },
  statistics: [2],
  reference(inputs, [loss, losses, weight], { inputs: [spec], attrs }) {
    const { rows, columns } = sizes(spec!);
    const [logits, targets] = inputs;
    const at = optional(attrs, 2);
    const posWeight = arrayAt(inputs, at.posWeight);
    const sampleWeights = arrayAt(inputs, at.sampleWeights);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let i = row * columns; i < (row + 1) * columns; i++)
        sum += term(logits![i]!, targets![i]!, weightOf(posWeight, i % columns), attrs)[0];
      losses![row] = (weightOf(sampleWeights, row) * sum) / columns;
    }
    totalReference(losses!, sampleWeights ?? null, [loss!, weight!], attrs.reduction);
  },
  wasm({ inputs: [spec], attrs }) {
    const { rows, columns } = sizes(spec!);
    const at = optional(attrs, 2);
    const sampleWeights = placeOf(at.sampleWeights);
    const losses: Place = { output: 1 };
    const places = [{ input: 0 }, { input: 1 }, placeOf(at.posWeight) ?? 0, sampleWeights ?? 0, losses];
    return [
      { fn: 'binary_cross_entropy', args: [...places, rows, columns, ...focalNumbers(attrs)] },
      totalCall({ losses, weights: sampleWeights, ...totals }, rows, attrs.reduction),
    ];
  },
  webgpu({ inputs: [spec], attrs }, gpu) {
    const { rows, columns } = sizes(spec!);
    const losses: Place = { output: 1 };
    const bindings: Binding[] = [
      { name: 'logits', place: { input: 0 } },
      { name: 'targets', place: { input: 1 } },
      ...weightBindings(attrs, 2),
      { name: 'losses', place: losses, writes: true },
    ];
    const body = `  var sum = 0.0;
  for (var i = lane; i < ${columns}u; i += lanes) {
    let z = logits[row * ${columns}u + i];
    let y = targets[row * ${columns}u + i];
    ${attrs.focal ? '' : `let w = ${attrs.posWeight ? 'posWeight[i]' : '1.0'};`}
    ${termWgsl(attrs, false)}
    sum += value;
  }
  sum = laneSum(sum, lane);
  if (lane == 0u) { losses[row] = sum / ${columns}.0${attrs.sampleWeights ? ' * sampleWeights[row]' : ''}; }`;
    const sampleWeights = placeOf(optional(attrs, 2).sampleWeights);
    const total = totalPass(gpu, { losses, weights: sampleWeights, ...totals }, rows, attrs.reduction);
    return [rowPass(gpu, rows, bindings, body), total];
  },
  gradient: ([dLoss, dLosses], { inputs, outputs, attrs }): ((() => Tensor) | null)[] => [
    () => {
      const [logits, targets, ...weights] = inputs;
      return call(gradientKernel, [logits!, targets!, outputs[2]!, dLoss!, dLosses!, ...weights], attrs)[0]!;
    },
    ...inputs.slice(1).map(() => null),
  ],
  cases: [...[[1], [63], [64, 1], [5, 65], [2, 3, 7], [33, 130]].flatMap(forms)],
});

const totals = { loss: { output: 0 }, weight: { output: 2 } };

function weightBindings(attrs: BinaryCrossEntropyAttrs, first: number): Binding[] {
  const at = optional(attrs, first);
  return [
    // A focal loss has no weight of positives: a binding that the shader does not read would be an error.
    ...(at.posWeight === null || attrs.focal ? [] : [{ name: 'posWeight', place: { input: at.posWeight } }]),
    ...(at.sampleWeights === null ? [] : [{ name: 'sampleWeights', place: { input: at.sampleWeights } }]),
  ];
}

function one(): Spec & { fill: 'positive' } {
  return { shape: [], dtype: 'float32', fill: 'positive' };
}

function float(...shape: number[]): Spec {
  return { shape, dtype: 'float32' };
}

function forms(shape: readonly number[]): KernelCase<BinaryCrossEntropyAttrs>[] {
  const logits = float(...shape);
  const targets = { ...logits, fill: 'mask' as const };
  const { columns, lead } = sizes(logits);
  const weights = [
    { ...float(columns), fill: 'positive' as const },
    { ...float(...lead), fill: 'positive' as const },
  ];
  const plain: BinaryCrossEntropyAttrs = { ...defaults, reduction: 'mean', posWeight: false, sampleWeights: false };
  return [
    { inputs: [logits, targets], attrs: plain },
    { inputs: [logits, targets, ...weights], attrs: { ...plain, posWeight: true, sampleWeights: true } },
    { inputs: [logits, targets], attrs: { ...plain, reduction: 'sum', focal: true, gamma: 2, alpha: 0.25 } },
  ];
}

export const binaryCrossEntropyKernels = [kernel, gradientKernel];

export interface BinaryCrossEntropyOptions {
  reduction?: Reduction;
  /** How often a positive counts, one number a label. */
  posWeight?: Tensor | undefined;
  /** One number a row. */
  sampleWeights?: Tensor | undefined;
  /** Focal loss: (1 − p)^gamma, and alpha the share of positives. Without posWeight. */
  focal?: { gamma: number; alpha: number };
}

/** logits and targets (0 to 1) of one shape → the loss (a scalar) and each row's own, the mean over its labels. */
export function binaryCrossEntropy(
  logits: Tensor,
  targets: Tensor,
  { reduction = 'mean', posWeight, sampleWeights, focal }: BinaryCrossEntropyOptions = {},
): { loss: Tensor; losses: Tensor } {
  if (focal && posWeight) throw new Error('A focal loss has no posWeight: set alpha instead.');
  const attrs = { reduction, posWeight: posWeight !== undefined, sampleWeights: sampleWeights !== undefined };
  const [loss, losses] = call(
    kernel,
    [logits, targets, ...(posWeight ? [posWeight] : []), ...(sampleWeights ? [sampleWeights] : [])],
    { ...defaults, ...attrs, ...(focal ? { focal: true, ...focal } : {}) },
  );
  return { loss: loss!, losses: losses! };
}
