// Losses of rows that are no cross-entropy: multi-class margin and distillation from a teacher's logits. They come as
// one number a row; take their mean.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { logSumExp } from './cross-entropy';
import { defineKernel, type KernelCase, type Numbers, type Spec } from './kernel';
import { sameShapes, type NoAttrs } from './map-kernels';
import { expectShape, rowSpec, rowsOf } from './row-shape';
import { reads, rowPass, writes } from './wgsl-rows';

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
const shapes = [
  [1, 2],
  [63, 5],
  [5, 65],
  [2, 3, 7],
  [9, 130],
];
const withTargets = (shape: readonly number[]): KernelCase['inputs'] => [
  float(...shape),
  { ...rowSpec(float(...shape), 'int32'), fill: { ids: shape.at(-1)! } },
];

const marginGradient = defineKernel<NoAttrs>({
  name: 'MultiMarginGradient',
  inputs: ['x', 'targets', 'dLosses'],
  infer: ([x]) => [x!],
  reference([x, targets, dLosses], [dx], { inputs: [spec] }) {
    const { rows, columns } = rowsOf('MultiMarginGradient', spec!);
    dx!.fill(0);
    for (let row = 0; row < rows; row++) {
      const own = row * columns + targets![row]!;
      if (!(targets![row]! >= 0 && targets![row]! < columns)) continue;
      for (let i = row * columns; i < (row + 1) * columns; i++) {
        if (i === own || 1 - x![own]! + x![i]! <= 0) continue;
        dx![i] = dLosses![row]! / columns;
        dx![own]! -= dLosses![row]! / columns;
      }
    }
  },
  wasm({ inputs: [spec] }) {
    const { rows, columns } = rowsOf('MultiMarginGradient', spec!);
    const places = [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }];
    return [{ fn: 'multi_margin_gradient', args: [...places, rows, columns] }];
  },
  webgpu({ inputs: [spec] }, gpu) {
    const { rows, columns } = rowsOf('MultiMarginGradient', spec!);
    const [x, targets, dLosses] = reads('x', 'targets', 'dLosses');
    const body = `  let start = row * ${columns}u;
  let own = u32(clamp(targets[row], 0, ${columns - 1}));
  let size = select(0.0, dLosses[row] / ${columns}.0, targets[row] >= 0 && targets[row] < ${columns});
  let base = 1.0 - x[start + own];
  var active_ = 0.0;
  for (var i = lane; i < ${columns}u; i += lanes) {
    let counts = i != own && base + x[start + i] > 0.0;
    if (i != own) { dx[start + i] = select(0.0, size, counts); }
    active_ += select(0.0, 1.0, counts);
  }
  active_ = laneSum(active_, lane);
  if (lane == 0u) { dx[start + own] = -size * active_; }`;
    return [rowPass(gpu, rows, [x!, { ...targets!, type: 'i32' }, dLosses!, ...writes('dx')], body)];
  },
  cases: shapes.map((shape) => ({ inputs: [...withTargets(shape), rowSpec(float(...shape))], attrs: {} })),
});

const marginKernel = defineKernel<NoAttrs>({
  name: 'MultiMargin',
  inputs: ['x', 'targets'],
  infer([x, targets]) {
    expectShape('MultiMargin', 'targets', targets, rowSpec(x!).shape);
    return [rowSpec(x!)];
  },
  reference([x, targets], [losses], { inputs: [spec] }) {
    const { rows, columns } = rowsOf('MultiMargin', spec!);
    for (let row = 0; row < rows; row++) {
      const own = row * columns + targets![row]!;
      let sum = 0;
      if (targets![row]! >= 0 && targets![row]! < columns)
        for (let i = row * columns; i < (row + 1) * columns; i++)
          if (i !== own) sum += Math.max(0, 1 - x![own]! + x![i]!);
      losses![row] = sum / columns;
    }
  },
  wasm({ inputs: [spec] }) {
    const { rows, columns } = rowsOf('MultiMargin', spec!);
    return [{ fn: 'multi_margin', args: [{ input: 0 }, { input: 1 }, { output: 0 }, rows, columns] }];
  },
  webgpu({ inputs: [spec] }, gpu) {
    const { rows, columns } = rowsOf('MultiMargin', spec!);
    const [x, targets] = reads('x', 'targets');
    const body = `  let start = row * ${columns}u;
  let own = u32(clamp(targets[row], 0, ${columns - 1}));
  let base = 1.0 - x[start + own];
  var sum = 0.0;
  for (var i = lane; i < ${columns}u; i += lanes) {
    if (i != own) { sum += max(0.0, base + x[start + i]); }
  }
  sum = laneSum(sum, lane);
  let counts = targets[row] >= 0 && targets[row] < ${columns};
  if (lane == 0u) { losses[row] = select(0.0, sum / ${columns}.0, counts); }`;
    return [rowPass(gpu, rows, [x!, { ...targets!, type: 'i32' }, ...writes('losses')], body)];
  },
  gradient: ([dLosses], { inputs: [x, targets] }): ((() => Tensor) | null)[] => [
    () => call(marginGradient, [x!, targets!, dLosses!], {})[0]!,
    null,
  ],
  cases: shapes.map((shape) => ({ inputs: withTargets(shape), attrs: {}, checkGradient: false })),
});

export type DistillationAttrs = { temperature: number };

const scaled = (x: Numbers, temperature: number): Float64Array => Float64Array.from(x, (value) => value / temperature);

const distillationGradient = defineKernel<DistillationAttrs>({
  name: 'DistillationGradient',
  inputs: ['student', 'teacher', 'studentSums', 'teacherSums', 'dLosses'],
  infer: ([student]) => [student!],
  reference([student, teacher, studentSums, teacherSums, dLosses], [dx], { inputs: [spec], attrs: { temperature } }) {
    const { columns } = rowsOf('DistillationGradient', spec!);
    for (let i = 0; i < dx!.length; i++) {
      const row = Math.floor(i / columns);
      const s = Math.exp(student![i]! / temperature - studentSums![row]!);
      const t = Math.exp(teacher![i]! / temperature - teacherSums![row]!);
      dx![i] = dLosses![row]! * temperature * (s - t);
    }
  },
  wasm({ inputs: [spec], attrs: { temperature } }) {
    const { rows, columns } = rowsOf('DistillationGradient', spec!);
    const places = [0, 1, 2, 3, 4].map((input) => ({ input }));
    return [{ fn: 'distillation_gradient', args: [...places, { output: 0 }, rows, columns, temperature] }];
  },
  webgpu({ inputs: [spec], attrs: { temperature } }, gpu) {
    const { rows, columns } = rowsOf('DistillationGradient', spec!);
    const bindings = [...reads('student', 'teacher', 'studentSums', 'teacherSums', 'dLosses'), ...writes('dx')];
    const body = `  for (var i = row * ${columns}u + lane; i < (row + 1u) * ${columns}u; i += lanes) {
    let s = exp(max(student[i] / ${temperature}f - studentSums[row], -100.0));
    let t = exp(max(teacher[i] / ${temperature}f - teacherSums[row], -100.0));
    dx[i] = dLosses[row] * ${temperature}f * (s - t);
  }`;
    return [rowPass(gpu, rows, bindings, body)];
  },
  cases: shapes.map((shape): KernelCase<DistillationAttrs> => {
    const spec = float(...shape);
    const sums = { ...rowSpec(spec), fill: { values: [6, 7] } };
    return { inputs: [spec, spec, sums, sums, rowSpec(spec)], attrs: { temperature: 2 } };
  }),
});

const distillationKernel = defineKernel<DistillationAttrs>({
  name: 'Distillation',
  inputs: ['student', 'teacher'],
  infer(inputs) {
    sameShapes('Distillation', inputs);
    const rows = rowSpec(inputs[0]!);
    return [rows, rows, rows];
  },
  statistics: [1, 2],
  scratch: ({ inputs: [spec] }, threads) => [threads * rowsOf('Distillation', spec!).columns],
  reference([student, teacher], [losses, studentSums, teacherSums], { inputs: [spec], attrs: { temperature } }) {
    const { rows, columns } = rowsOf('Distillation', spec!);
    const s = scaled(student!, temperature);
    const t = scaled(teacher!, temperature);
    for (let row = 0; row < rows; row++) {
      const start = row * columns;
      studentSums![row] = logSumExp(s, start, columns);
      teacherSums![row] = logSumExp(t, start, columns);
      let sum = 0;
      for (let i = start; i < start + columns; i++) {
        const teacherLog = t[i]! - teacherSums![row]!;
        sum += Math.exp(teacherLog) * (teacherLog - s[i]! + studentSums![row]!);
      }
      losses![row] = temperature ** 2 * sum;
    }
  },
  wasm({ inputs: [spec], attrs: { temperature } }) {
    const { rows, columns } = rowsOf('Distillation', spec!);
    const places = [{ input: 0 }, { input: 1 }, { output: 0 }, { output: 1 }, { output: 2 }, { scratch: 0 }];
    return [{ fn: 'distillation', args: [...places, rows, columns, temperature] }];
  },
  webgpu({ inputs: [spec], attrs: { temperature } }, gpu) {
    const { rows, columns } = rowsOf('Distillation', spec!);
    const sumOf = (name: string): string => `  var ${name}Most = -3e38;
  for (var i = lane; i < ${columns}u; i += lanes) { ${name}Most = max(${name}Most, ${name}[start + i] / ${temperature}f); }
  ${name}Most = laneMax(${name}Most, lane);
  var ${name}Exps = 0.0;
  for (var i = lane; i < ${columns}u; i += lanes) {
    ${name}Exps += exp(max(${name}[start + i] / ${temperature}f - ${name}Most, -100.0));
  }
  let ${name}Sum = ${name}Most + log(laneSum(${name}Exps, lane));`;
    const body = `  let start = row * ${columns}u;
${sumOf('student')}
${sumOf('teacher')}
  var sum = 0.0;
  for (var i = lane; i < ${columns}u; i += lanes) {
    let t = teacher[start + i] / ${temperature}f - teacherSum;
    let s = student[start + i] / ${temperature}f - studentSum;
    sum += exp(max(t, -100.0)) * (t - s);
  }
  sum = laneSum(sum, lane);
  if (lane == 0u) {
    losses[row] = ${temperature ** 2}f * sum;
    studentSums[row] = studentSum;
    teacherSums[row] = teacherSum;
  }`;
    const bindings = [...reads('student', 'teacher'), ...writes('losses', 'studentSums', 'teacherSums')];
    return [rowPass(gpu, rows, bindings, body)];
  },
  gradient: ([dLosses], { inputs: [student, teacher], outputs: [, s, t], attrs }): ((() => Tensor) | null)[] => [
    () => call(distillationGradient, [student!, teacher!, s!, t!, dLosses!], attrs)[0]!,
    null,
  ],
  cases: shapes.map((shape, i) => ({
    inputs: [float(...shape), float(...shape)],
    attrs: { temperature: i % 2 === 0 ? 2 : 0.5 },
  })),
});

export const rowLossKernels = [marginKernel, marginGradient, distillationKernel, distillationGradient];

/** PyTorch's multi_margin_loss of each row: scores [..., classes] and targets [...] (int32) → [...]. */
export const multiMargin = (x: Tensor, targets: Tensor): Tensor => call(marginKernel, [x, targets], {})[0]!;

/** temperature² · KL(teacher || student) of each row, from logits (Hinton et al. 2015). The teacher is not trained. */
export const distillation = (student: Tensor, teacher: Tensor, temperature: number): Tensor =>
  call(distillationKernel, [student, teacher], { temperature })[0]!;
