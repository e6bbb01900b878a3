// Losses of two numbers each: regression (squared, absolute, Huber, smooth L1), margins (hinge, margin ranking,
// contrastive) and pairs of scores (BPR, DPO), with their sum or mean. The formulas are in pair-loss-kinds.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type KernelCase, type Place, type Spec } from './kernel';
import { rowScale, rowScaleWgsl, totalCall, totalPass, totalReference, type Reduction } from './loss-total';
import { sameShapes } from './map-kernels';
import { once } from './once';
import { pairKindNames, pairKinds, type PairKind, type PairKindName } from './pair-loss-kinds';
import { literal } from './wgsl-elements';
import { gridOver, gridShader } from './wgsl-grid';
import { declare, placesOf, type Binding } from './wgsl-rows';

export type PairLossAttrs = {
  kind: PairKindName;
  /** The kind's two numbers; 0 where it has none. */
  p: number;
  q: number;
  reduction: Reduction;
  weights: boolean;
};

const kindOf = ({ kind }: PairLossAttrs): PairKind => pairKinds[kind];
const numbersWgsl = ({ p, q }: PairLossAttrs, expressions: string): string =>
  [
    'let a = as_[row];',
    'let b = bs[row];',
    ...(/\bp\b/.test(expressions) ? [`let p = ${literal(p)};`] : []),
    ...(/\bq\b/.test(expressions) ? [`let q = ${literal(q)};`] : []),
  ].join('\n  ');

const gradientKernel = defineKernel<PairLossAttrs>({
  name: 'PairLossGradient',
  inputs: ['a', 'b', 'weight', 'dLoss', 'dLosses', 'weights'],
  infer: ([a, b]) => [a!, b!],
  reference([a, b, weight, dLoss, dLosses, weights], [da, db], { attrs }) {
    const { slopeA, slopeB } = kindOf(attrs);
    for (let i = 0; i < a!.length; i++) {
      const scale = (weights?.[i] ?? 1) * rowScale(i, [dLoss!, dLosses!, weight!], attrs.reduction);
      da![i] = scale * slopeA(a![i]!, b![i]!, attrs.p, attrs.q);
      db![i] = scale * slopeB(a![i]!, b![i]!, attrs.p, attrs.q);
    }
  },
  wasm({ inputs: [a], attrs }) {
    const places = [{ input: 0 }, { input: 1 }, attrs.weights ? { input: 5 } : 0, { input: 2 }, { input: 3 }];
    const results = [{ input: 4 }, { output: 0 }, { output: 1 }];
    const numbers = [sizeOf(a!), kindOf(attrs).code, attrs.p, attrs.q, attrs.reduction === 'mean' ? 1 : 0];
    return [{ fn: 'pair_loss_gradient', args: [...places, ...results, ...numbers] }];
  },
  webgpu({ inputs: [a], attrs }, gpu) {
    const { slopeA, slopeB } = kindOf(attrs).wgsl;
    const count = sizeOf(a!);
    const bindings: Binding[] = [
      { name: 'as_', place: { input: 0 } },
      { name: 'bs', place: { input: 1 } },
      ...(attrs.reduction === 'mean' ? [{ name: 'weight', place: { input: 2 } }] : []),
      { name: 'dLoss', place: { input: 3 } },
      { name: 'dLosses', place: { input: 4 } },
      ...(attrs.weights ? [{ name: 'weights', place: { input: 5 } }] : []),
      { name: 'da', place: { output: 0 }, writes: true },
      { name: 'db', place: { output: 1 }, writes: true },
    ];
    const { workgroups, index } = gridOver(count, gpu);
    const body = `  ${numbersWgsl(attrs, slopeA + slopeB)}
  ${rowScaleWgsl(attrs.reduction)}
  let size = scale${attrs.weights ? ' * weights[row]' : ''};
  da[row] = size * (${slopeA});
  db[row] = size * (${slopeB});`;
    return [
      { wgsl: gridShader(declare(bindings), body, index, count, 'row'), bindings: placesOf(bindings), workgroups },
    ];
  },
  cases: [[1], [63], [65]].flatMap(forms).map(({ inputs: [a, b, ...weights], attrs }) => ({
    inputs: [a!, b!, one(), one(), float(...a!.shape), ...weights],
    attrs,
  })),
});

const kernel = defineKernel<PairLossAttrs>({
  name: 'PairLoss',
  inputs: ['a', 'b', 'weights'],
  infer(inputs) {
    sameShapes('PairLoss', inputs);
    const scalar: Spec = { shape: [], dtype: 'float32' };
    return [scalar, inputs[0]!, scalar];
  },
  statistics: [2],
  reference([a, b, weights], [loss, losses, weight], { attrs }) {
    const { value } = kindOf(attrs);
    for (let i = 0; i < a!.length; i++) losses![i] = (weights?.[i] ?? 1) * value(a![i]!, b![i]!, attrs.p, attrs.q);
    totalReference(losses!, weights ?? null, [loss!, weight!], attrs.reduction);
  },
  wasm({ inputs: [a], attrs }) {
    const count = sizeOf(a!);
    const weights: Place | null = attrs.weights ? { input: 2 } : null;
    const losses: Place = { output: 1 };
    const places = [{ input: 0 }, { input: 1 }, weights ?? 0, losses];
    return [
      { fn: 'pair_loss', args: [...places, count, kindOf(attrs).code, attrs.p, attrs.q] },
      totalCall({ losses, weights, ...totals }, count, attrs.reduction),
    ];
  },
  webgpu({ inputs: [a], attrs }, gpu) {
    const count = sizeOf(a!);
    const { value } = kindOf(attrs).wgsl;
    const weights: Place | null = attrs.weights ? { input: 2 } : null;
    const losses: Place = { output: 1 };
    const bindings: Binding[] = [
      { name: 'as_', place: { input: 0 } },
      { name: 'bs', place: { input: 1 } },
      ...(weights ? [{ name: 'weights', place: weights }] : []),
      { name: 'losses', place: losses, writes: true },
    ];
    const { workgroups, index } = gridOver(count, gpu);
    const body = `  ${numbersWgsl(attrs, value)}
  losses[row] = (${value})${weights ? ' * weights[row]' : ''};`;
    return [
      { wgsl: gridShader(declare(bindings), body, index, count, 'row'), bindings: placesOf(bindings), workgroups },
      totalPass(gpu, { losses, weights, ...totals }, count, attrs.reduction),
    ];
  },
  gradient([dLoss, dLosses], { inputs: [a, b, ...weights], outputs, attrs }): ((() => Tensor) | null)[] {
    const both = once(() => call(gradientKernel, [a!, b!, outputs[2]!, dLoss!, dLosses!, ...weights], attrs));
    return [() => both()[0]!, () => both()[1]!, ...weights.map(() => null)];
  },
  cases: [[1], [63], [5, 13]].flatMap(forms),
});

const totals = { loss: { output: 0 }, weight: { output: 2 } };

function one(): Spec & { fill: 'positive' } {
  return { shape: [], dtype: 'float32', fill: 'positive' };
}

function float(...shape: number[]): Spec {
  return { shape, dtype: 'float32' };
}

/** Each kind, every other with weights and as a sum. */
function forms(shape: readonly number[]): KernelCase<PairLossAttrs>[] {
  const spec = float(...shape);
  return pairKindNames.map((kind) => {
    const { code, kinks } = pairKinds[kind];
    const weights = code % 2 === 1;
    return {
      inputs: [spec, spec, ...(weights ? [{ ...spec, fill: 'positive' as const }] : [])],
      attrs: { kind, p: 0.7, q: 0.1, reduction: weights ? 'sum' : 'mean', weights },
      checkGradient: !kinks,
    };
  });
}

export const pairLossKernels = [kernel, gradientKernel];

export interface PairLossOptions {
  p?: number;
  q?: number;
  reduction?: Reduction;
  /** One number a pair; a mean divides by their sum. */
  weights?: Tensor | undefined;
}

/** a and b of one shape → the loss (a scalar) and each pair's own, before the mean or sum. */
export function pairLoss(
  kind: PairKindName,
  a: Tensor,
  b: Tensor,
  { p = 0, q = 0, reduction = 'mean', weights }: PairLossOptions = {},
): { loss: Tensor; losses: Tensor } {
  const attrs = { kind, p, q, reduction, weights: weights !== undefined };
  const [loss, losses] = call(kernel, weights ? [a, b, weights] : [a, b], attrs);
  return { loss: loss!, losses: losses! };
}
