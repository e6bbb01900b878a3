// Two kernels of single numbers: the loss times the loss scale before gradients are taken, and the line of a step in the
// log, so that the host can read every step's loss without waiting for each step.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type Spec } from './kernel';
import {
  controlAt,
  controlWords,
  hyperAt,
  hyperWords,
  logAt,
  logWords,
  scalerAt,
  scalerWords,
} from './optimizer-layout';

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
const valuesCase = (values: readonly number[]) => ({ ...float(values.length), fill: { values } });

/** loss [] · scaler.lossScale */
export const lossScaling = defineKernel<Record<string, never>>({
  name: 'LossScaling',
  inputs: ['loss', 'scaler'],
  infer([loss, scaler]) {
    if (sizeOf(loss!) !== 1 || sizeOf(scaler!) !== scalerWords) throw new Error('The loss is one number.');
    return [float(...loss!.shape)];
  },
  reference([loss, scaler], [out]) {
    out![0] = loss![0]! * scaler![scalerAt.lossScale]!;
  },
  wasm: () => [{ fn: 'loss_scaling', args: [{ input: 0 }, { input: 1 }, { output: 0 }] }],
  webgpu: () => [
    {
      wgsl: `@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> scaler: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1)
fn main() { y[0] = loss[0] * scaler[${scalerAt.lossScale}]; }`,
      bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
      workgroups: [1, 1, 1],
    },
  ],
  gradient: ([dy], { inputs: [, scaler] }): ((() => Tensor) | null)[] => [() => scaleLoss(dy!, scaler!), null],
  cases: [1, 1024, 65536].map((scale) => ({ inputs: [float(1), valuesCase([3, scale, 0, 0])], attrs: {} })),
});

export const scaleLoss = (loss: Tensor, scaler: Tensor): Tensor => call(lossScaling, [loss, scaler], {})[0]!;

/** Row hyper.logRow of log [rows, 4] becomes [loss · factor, gradient norm, applied, loss scale] (optimizer-layout.ts). */
export const stepLog = defineKernel<Record<string, never>>({
  name: 'StepLog',
  inputs: ['log', 'loss', 'hyper', 'control'],
  mutates: [0],
  infer([log, loss, hyper, control]) {
    if (log!.shape[1] !== logWords || sizeOf(loss!) !== 1)
      throw new Error('The log has four columns, the loss is one number.');
    if (sizeOf(hyper!) !== hyperWords || sizeOf(control!) !== controlWords)
      throw new Error('hyper and control come last.');
    return [];
  },
  reference([log, loss, hyper, control]) {
    const at = hyper![hyperAt.logRow]! * logWords;
    log![at + logAt.loss] = loss![0]! * hyper![hyperAt.gradientFactor]!;
    log![at + logAt.norm] = control![controlAt.norm]!;
    log![at + logAt.applied] = control![controlAt.apply]!;
    log![at + logAt.lossScale] = control![controlAt.lossScale]!;
  },
  wasm: () => [{ fn: 'step_log', args: [{ input: 0 }, { input: 1 }, { input: 2 }, { input: 3 }] }],
  webgpu: () => [
    {
      wgsl: `@group(0) @binding(0) var<storage, read_write> log: array<f32>;
@group(0) @binding(1) var<storage, read> loss: array<f32>;
@group(0) @binding(2) var<storage, read> hyper: array<f32>;
@group(0) @binding(3) var<storage, read> control: array<f32>;
@compute @workgroup_size(1)
fn main() {
  let at = u32(hyper[${hyperAt.logRow}]) * ${logWords}u;
  log[at + ${logAt.loss}u] = loss[0] * hyper[${hyperAt.gradientFactor}];
  log[at + ${logAt.norm}u] = control[${controlAt.norm}];
  log[at + ${logAt.applied}u] = control[${controlAt.apply}];
  log[at + ${logAt.lossScale}u] = control[${controlAt.lossScale}];
}`,
      bindings: [0, 1, 2, 3].map((input) => ({ input })),
      workgroups: [1, 1, 1],
    },
  ],
  cases: [0, 2, 4].map((row) => ({
    inputs: [
      float(5, logWords),
      float(1),
      valuesCase(Array.from({ length: hyperWords }, (_, i) => (i === hyperAt.logRow ? row : 0.5))),
      valuesCase([1, 1, 0.1, 0.1, 2.5, 7, 64, 1]),
    ],
    attrs: {},
  })),
});
