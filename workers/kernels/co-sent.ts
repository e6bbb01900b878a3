// CoSENT over the similarities of a batch: pairs of a lower score should be less alike than those of a higher one.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { logSumExp } from './cross-entropy';
import { defineKernel, sizeOf, type Spec } from './kernel';
import { sameShapes } from './map-kernels';
import { reads, rowPass, writes, type Binding } from './wgsl-rows';

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });

export type CoSentAttrs = { scale: number };

const coSentGradient = defineKernel<CoSentAttrs>({
  name: 'CoSentGradient',
  inputs: ['x', 'scores', 'loss', 'dLoss'],
  infer: ([x]) => [x!],
  reference([x, scores, loss, dLoss], [dx], { attrs: { scale } }) {
    dx!.fill(0);
    for (let i = 0; i < x!.length; i++)
      for (let j = 0; j < x!.length; j++) {
        if (!(scores![i]! < scores![j]!)) continue;
        const share = dLoss![0]! * scale * Math.exp(scale * (x![i]! - x![j]!) - loss![0]!);
        dx![i]! += share;
        dx![j]! -= share;
      }
  },
  wasm: ({ inputs: [x], attrs: { scale } }) => [
    {
      fn: 'co_sent_gradient',
      args: [{ input: 0 }, { input: 1 }, { input: 2 }, { input: 3 }, { output: 0 }, sizeOf(x!), scale],
    },
  ],
  webgpu({ inputs: [x], attrs: { scale } }, gpu) {
    const count = sizeOf(x!);
    const body = `  var sum = 0.0;
  for (var j = lane; j < ${count}u; j += lanes) {
    let d = ${scale}f * (x[row] - x[j]);
    if (scores[row] < scores[j]) { sum += exp(clamp(d - loss[0], -100.0, 88.0)); }
    if (scores[j] < scores[row]) { sum -= exp(clamp(-d - loss[0], -100.0, 88.0)); }
  }
  sum = laneSum(sum, lane);
  if (lane == 0u) { dx[row] = ${scale}f * dLoss[0] * sum; }`;
    return [rowPass(gpu, count, [...reads('x', 'scores', 'loss', 'dLoss'), ...writes('dx')], body)];
  },
  cases: [1, 5, 65].map((count) => ({
    inputs: [float(count), float(count), { ...float(), fill: { values: [12] } }, { ...float(), fill: 'positive' }],
    attrs: { scale: 2 },
  })),
});

const coSentKernel = defineKernel<CoSentAttrs>({
  name: 'CoSent',
  inputs: ['x', 'scores'],
  infer(inputs) {
    sameShapes('CoSent', inputs);
    return [{ shape: [], dtype: 'float32' }];
  },
  scratch: ({ inputs: [x] }) => [sizeOf(x!), sizeOf(x!)],
  reference([x, scores], [loss], { attrs: { scale } }) {
    const terms = [0];
    for (let i = 0; i < x!.length; i++)
      for (let j = 0; j < x!.length; j++) if (scores![i]! < scores![j]!) terms.push(scale * (x![i]! - x![j]!));
    loss![0] = logSumExp(Float64Array.from(terms), 0, terms.length);
  },
  wasm({ inputs: [x], attrs: { scale } }) {
    const count = sizeOf(x!);
    return [
      { fn: 'co_sent', args: [{ input: 0 }, { input: 1 }, { scratch: 0 }, { scratch: 1 }, count, scale] },
      { fn: 'co_sent_total', args: [{ scratch: 0 }, { scratch: 1 }, { output: 0 }, count] },
    ];
  },
  webgpu({ inputs: [x], attrs: { scale } }, gpu) {
    const count = sizeOf(x!);
    const scratch = (write: boolean): Binding[] =>
      ['mosts', 'sums'].map((name, i) => ({ name, place: { scratch: i }, writes: write }));
    const pairs = `  var most = -3e38;
  for (var j = lane; j < ${count}u; j += lanes) {
    if (scores[row] < scores[j]) { most = max(most, ${scale}f * (x[row] - x[j])); }
  }
  most = laneMax(most, lane);
  var sum = 0.0;
  for (var j = lane; j < ${count}u; j += lanes) {
    if (scores[row] < scores[j]) { sum += exp(max(${scale}f * (x[row] - x[j]) - most, -100.0)); }
  }
  sum = laneSum(sum, lane);
  if (lane == 0u) { mosts[row] = most; sums[row] = sum; }`;
    const total = `  var most = 0.0;
  for (var j = lane; j < ${count}u; j += lanes) { most = max(most, mosts[j]); }
  most = laneMax(most, lane);
  var sum = 0.0;
  for (var j = lane; j < ${count}u; j += lanes) { sum += sums[j] * exp(max(mosts[j] - most, -100.0)); }
  sum = laneSum(sum, lane) + exp(max(-most, -100.0));
  if (lane == 0u) { loss[0] = most + log(sum); }`;
    return [
      rowPass(gpu, count, [...reads('x', 'scores'), ...scratch(true)], pairs),
      rowPass(gpu, 1, [...scratch(false), ...writes('loss')], total),
    ];
  },
  gradient: ([dLoss], { inputs: [x, scores], outputs: [loss], attrs }): ((() => Tensor) | null)[] => [
    () => call(coSentGradient, [x!, scores!, loss!, dLoss!], attrs)[0]!,
    null,
  ],
  cases: [1, 5, 65].map((count) => ({
    inputs: [float(count), { ...float(count), fill: { values: [0.9, 0.1, 0.5, 0.5, 0.2] } }],
    attrs: { scale: 20 },
  })),
});

export const coSentKernels = [coSentKernel, coSentGradient];

/** log(1 + Σ exp(scale (x[i] − x[j]))) over the pairs with score[i] < score[j]: similarities [n], scores [n] → scalar. */
export const coSent = (x: Tensor, scores: Tensor, scale = 20): Tensor => call(coSentKernel, [x, scores], { scale })[0]!;
