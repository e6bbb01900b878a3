// Layer norm and RMS norm, each with and without a residual added before. One kernel forward that keeps each row's
// statistics, one backward for x, gain and bias together. layer-norm.ts and rms-norm.ts give them their names.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { defineKernel, sizeOf, type Kernel, type KernelCase, type Numbers, type Place } from './kernel';
import { normGradientPasses, normPass } from './norm.wgsl';
import { once } from './once';
import { expectShape, rowSpec, rowsOf } from './row-shape';

export type NormAttrs = { epsilon: number };
export type NormGradientAttrs = { residual: boolean };

export interface NormForm {
  /** Layer norm: the mean is taken off and a bias added. Else RMS norm. */
  centred: boolean;
  residual: boolean;
}

/** Must equal BLOCK in norm.as.ts. */
export const blockRows = 32;

/** Where each argument lies among the inputs and outputs of a form; null where the form has none. */
export function normPlaces({
  centred,
  residual,
}: NormForm): Record<'x' | 'residual' | 'gain' | 'bias' | 'y' | 'sum' | 'means' | 'reciprocals', Place | null> {
  const first = residual ? 1 : 0;
  return {
    x: { input: 0 },
    residual: residual ? { input: 1 } : null,
    gain: { input: 1 + first },
    bias: centred ? { input: 2 + first } : null,
    y: { output: 0 },
    sum: residual ? { output: 1 } : null,
    means: centred ? { output: 1 + first } : null,
    reciprocals: { output: 1 + first + (centred ? 1 : 0) },
  };
}

/** Likewise for the gradient. */
export function gradientPlaces({
  centred,
  residual,
}: NormForm): Record<'x' | 'gain' | 'means' | 'reciprocals' | 'dy' | 'dSum' | 'dx' | 'dGain' | 'dBias', Place | null> {
  const first = centred ? 1 : 0;
  return {
    x: { input: 0 },
    gain: { input: 1 },
    means: centred ? { input: 2 } : null,
    reciprocals: { input: 2 + first },
    dy: { input: 3 + first },
    dSum: residual ? { input: 4 + first } : null,
    dx: { output: 0 },
    dGain: { output: 1 },
    dBias: centred ? { output: 2 } : null,
  };
}

const pick = (arrays: readonly Numbers[], place: Place | null): Numbers | null =>
  place === null ? null : (arrays['input' in place ? place.input : 'output' in place ? place.output : 0] ?? null);

const shapes: readonly (readonly number[])[] = [
  [1, 5],
  [2, 63],
  [3, 64],
  [65, 5],
  [2, 3, 7],
  [33, 130],
];
const float = (shape: readonly number[], fill?: 'positive'): KernelCase['inputs'][number] => ({
  shape,
  dtype: 'float32',
  ...(fill ? { fill } : {}),
});

/** The forward kernel of a form. Its gradient is `backward`, made by `defineNormGradient` for the same `centred`. */
export function defineNorm(name: string, form: NormForm, backward: Kernel<NormGradientAttrs>): Kernel<NormAttrs> {
  const { centred, residual } = form;
  const places = normPlaces(form);
  return defineKernel<NormAttrs>({
    name,
    inputs: ['x', ...(residual ? ['residual'] : []), 'gain', ...(centred ? ['bias'] : [])],
    infer(inputs) {
      const x = inputs[0]!;
      const { columns } = rowsOf(name, x);
      if (residual) expectShape(name, 'residual', inputs[1], x.shape);
      for (const [i, vector] of (centred ? ['gain', 'bias'] : ['gain']).entries())
        expectShape(name, vector, inputs[i + (residual ? 2 : 1)], [columns]);
      return [x, ...(residual ? [x] : []), ...(centred ? [rowSpec(x)] : []), rowSpec(x)];
    },
    statistics: outputsAfter(residual ? 2 : 1, centred ? 2 : 1),
    reference(inputs, outputs, { inputs: [spec], attrs }) {
      const { rows, columns } = rowsOf(name, spec!);
      const x = inputs[0]!;
      const added = pick(inputs, places.residual);
      const gain = pick(inputs, places.gain)!;
      const bias = pick(inputs, places.bias);
      for (let row = 0; row < rows; row++) {
        const start = row * columns;
        const value = (i: number): number => x[start + i]! + (added ? added[start + i]! : 0);
        let mean = 0;
        if (centred) for (let i = 0; i < columns; i++) mean += value(i) / columns;
        let variance = 0;
        for (let i = 0; i < columns; i++) variance += (value(i) - mean) ** 2 / columns;
        const reciprocal = 1 / Math.sqrt(variance + attrs.epsilon);
        for (let i = 0; i < columns; i++) {
          outputs[0]![start + i] = (value(i) - mean) * reciprocal * gain[i]! + (bias ? bias[i]! : 0);
          if (residual) outputs[1]![start + i] = value(i);
        }
        const means = pick(outputs, places.means);
        if (means) means[row] = mean;
        pick(outputs, places.reciprocals)![row] = reciprocal;
      }
    },
    wasm({ inputs: [spec], attrs }) {
      const { rows, columns } = rowsOf(name, spec!);
      const order = ['x', 'residual', 'gain', 'bias', 'y', 'sum', 'means', 'reciprocals'] as const;
      const args = order.map((each) => places[each] ?? 0);
      return [{ fn: 'norm', args: [...args, rows, columns, centred ? 1 : 0, attrs.epsilon] }];
    },
    webgpu: ({ inputs: [spec], attrs }, gpu) => [normPass(gpu, form, rowsOf(name, spec!), attrs.epsilon)],
    gradient(upstream, { inputs, outputs }): (() => Tensor)[] {
      const parts = once(() =>
        call(
          backward,
          [
            residual ? outputs[1]! : inputs[0]!,
            inputs[residual ? 2 : 1]!,
            ...outputs.slice(residual ? 2 : 1),
            upstream[0]!,
            ...(residual ? [upstream[1]!] : []),
          ],
          { residual },
        ),
      );
      return [
        () => parts()[0]!,
        ...(residual ? [() => parts()[0]!] : []),
        () => parts()[1]!,
        ...(centred ? [() => parts()[2]!] : []),
      ];
    },
    cases: shapes.map((shape) => ({
      inputs: [shape, ...(residual ? [shape] : []), [shape.at(-1)!], ...(centred ? [[shape.at(-1)!]] : [])].map(
        (each) => float(each),
      ),
      attrs: { epsilon: 1e-5 },
    })),
  });
}

const outputsAfter = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

/** (x, gain, means?, reciprocals, dy, dSum?) → (dx, dGain, dBias?). */
export function defineNormGradient(name: string, centred: boolean): Kernel<NormGradientAttrs> {
  return defineKernel<NormGradientAttrs>({
    name,
    inputs: ['x', 'gain', ...(centred ? ['means'] : []), 'reciprocals', 'dy', 'dSum'],
    infer: ([x, gain]) => [x!, gain!, ...(centred ? [gain!] : [])],
    scratch: ({ inputs: [x, gain] }) => [
      Math.ceil(rowsOf(name, x!).rows / blockRows) * sizeOf(gain!) * (centred ? 2 : 1),
    ],
    reference(inputs, [dx, dGain, dBias], { inputs: [spec], attrs: { residual } }) {
      const { rows, columns } = rowsOf(name, spec!);
      const places = gradientPlaces({ centred, residual });
      const [x, gain] = [inputs[0]!, inputs[1]!];
      const means = pick(inputs, places.means);
      const reciprocals = pick(inputs, places.reciprocals)!;
      const dy = pick(inputs, places.dy)!;
      const dSum = pick(inputs, places.dSum);
      const gainSums = new Float64Array(columns);
      const biasSums = new Float64Array(columns);
      for (let row = 0; row < rows; row++) {
        const start = row * columns;
        const scaled = (i: number): number => (x[start + i]! - (means ? means[row]! : 0)) * reciprocals[row]!;
        let first = 0;
        let second = 0;
        for (let i = 0; i < columns; i++) {
          const d = dy[start + i]! * gain[i]!;
          if (centred) first += d / columns;
          second += (d * scaled(i)) / columns;
          gainSums[i]! += dy[start + i]! * scaled(i);
          biasSums[i]! += dy[start + i]!;
        }
        for (let i = 0; i < columns; i++) {
          const value = (dy[start + i]! * gain[i]! - first - scaled(i) * second) * reciprocals[row]!;
          dx![start + i] = value + (dSum ? dSum[start + i]! : 0);
        }
      }
      dGain!.set(gainSums);
      dBias?.set(biasSums);
    },
    wasm({ inputs: [spec], attrs: { residual } }) {
      const { rows, columns } = rowsOf(name, spec!);
      const places = gradientPlaces({ centred, residual });
      const order = ['x', 'gain', 'means', 'reciprocals', 'dy', 'dSum', 'dx'] as const;
      const args = order.map((each) => places[each] ?? 0);
      const sums: Place = { scratch: 0 };
      return [
        { fn: 'norm_gradient', args: [...args, sums, rows, columns, centred ? 1 : 0] },
        { fn: 'norm_gain_gradient', args: [sums, { output: 1 }, places.dBias ?? 0, rows, columns, centred ? 2 : 1] },
      ];
    },
    webgpu: ({ inputs: [spec], attrs: { residual } }, gpu) =>
      normGradientPasses(gpu, { centred, residual }, rowsOf(name, spec!)),
    cases: shapes.flatMap((shape) => {
      const columns = shape.at(-1)!;
      const row = float(rowSpec({ shape, dtype: 'float32' }).shape, 'positive');
      const inputs = [float(shape), float([columns]), ...(centred ? [row] : []), row, float(shape)];
      return [
        { inputs, attrs: { residual: false } },
        { inputs: [...inputs, float(shape)], attrs: { residual: true } },
      ];
    }),
  });
}
