// Adafactor (Shazeer and Stern 2018), in place over a slab: a matrix remembers mean squares of its rows and columns instead of
// one number a weight. Two variants are in use and differ: that of transformers, and that of torch. Unlike the other
// optimizers it must know where each parameter begins and ends, so its kernel is given a table of them; a parameter is the
// work of one thread or workgroup.
import { adafactorShader } from './adafactor.wgsl';
import { defineKernel, sizeOf, type CallShape, type Numbers, type Spec } from './kernel';
import { controlAt, controlWords, hyperAt, hyperWords, wordsPerRate } from './optimizer-layout';

export type AdafactorAttrs = {
  /** Weights before this word decay. */
  decayed: number;
  variant: 'transformers' | 'torch';
  /** The rate is relative to the root mean square of the parameter; always so in torch's. */
  scaleParameter: boolean;
  /** transformers: the rate is min(0.01, 1/√t), not the schedule's. */
  relativeStep: boolean;
};

/** Columns of the table: where a parameter lies, its rows (0: not factored) and columns, and where its factors lie. */
export const tableColumns = 4;

/** Words of the factors of a parameter: rows + columns of a matrix, else one a weight. */
export const factorWords = (shape: readonly number[]): number =>
  shape.length === 2 ? shape[0]! + shape[1]! : shape.reduce((product, size) => product * size, 1);

/** Smallest square that counts, in transformers' variant; smallest root mean square of a parameter, in both. */
const leastSquare = 1e-30;
const leastSize = 1e-3;

const rootMeanSquare = (x: Float64Array | Numbers): number => {
  let sum = 0;
  for (const value of x) sum += value * value;
  return Math.sqrt(sum / x.length);
};

interface OneParameter {
  /** Of the rate. */
  factor: number;
  p: Numbers;
  /** Gradients as they count: scaled and clipped. */
  g: Float64Array;
  factors: Numbers;
  momentum: Numbers;
  rows: number;
  decays: boolean;
}

function update(one: OneParameter, hyper: Numbers, step: number, attrs: AdafactorAttrs): void {
  const { p, g, factors, momentum, rows } = one;
  const torch = attrs.variant === 'torch';
  const decay = one.decays ? hyper[hyperAt.weightDecay]! : 0;
  const given = hyper[hyperAt.learningRate]! * one.factor;
  const slowing = 1 / Math.sqrt(step);
  const relative = torch ? Math.min(given, slowing) : attrs.relativeStep ? Math.min(1e-2, slowing) : given;
  const rate = relative * (torch || attrs.scaleParameter ? Math.max(leastSize, rootMeanSquare(p)) : 1);
  const share = step ** -0.8;
  const floor = torch ? 0 : leastSquare;
  const epsilon = p instanceof Float64Array ? 2 ** -52 : 2 ** -23;
  const columns = rows > 0 ? p.length / rows : p.length;
  const means = new Float64Array(rows > 0 ? rows + columns : columns);
  g.forEach((value, i) => {
    const square = value * value + floor;
    if (rows > 0) means[Math.floor(i / columns)]! += square / columns;
    means[rows + (i % columns)]! += rows > 0 ? square / rows : square;
  });
  means.forEach((value, i) => (factors[i] = factors[i]! * (1 - share) + value * share));
  let mean = 0;
  for (let row = 0; row < rows; row++) mean += factors[row]! / rows;
  if (torch) mean = Math.max(mean, epsilon);
  const change = g.map((value, i) => {
    const column = factors[rows + (i % columns)]!;
    const variance = rows > 0 ? (factors[Math.floor(i / columns)]! / mean) * column : column;
    return value / Math.sqrt(torch ? Math.max(variance, epsilon * epsilon) : variance);
  });
  const shrunk = rate / Math.max(1, rootMeanSquare(change));
  const [first, rest] = [hyper[hyperAt.first]!, hyper[hyperAt.oneMinusFirst]!];
  const kept = 1 - (torch ? given : rate) * decay;
  for (let i = 0; i < p.length; i++) {
    let by = change[i]! * shrunk;
    if (first > 0) by = momentum[i] = momentum[i]! * first + by * rest;
    p[i] = p[i]! * kept - by;
  }
}

function updateAll(inputs: readonly Numbers[], { attrs }: CallShape<AdafactorAttrs>): void {
  const [p, g, hyper, control, table, factors, momentum, rates] = inputs as [Numbers, ...Numbers[]];
  if (control![controlAt.apply] === 0) return;
  const most = hyper![hyperAt.maxValue]! || Infinity;
  const scale = control![controlAt.gradientScale]!;
  for (let at = 0; at < table!.length; at += tableColumns) {
    const [offset, rows, columns, place] = [...table!.subarray(at, at + tableColumns)] as [
      number,
      number,
      number,
      number,
    ];
    const size = Math.max(1, rows) * columns;
    const slope = Float64Array.from(g!.subarray(offset, offset + size), (value) =>
      Math.max(-most, Math.min(most, value * scale)),
    );
    const one: OneParameter = {
      factor: rates?.[offset / wordsPerRate] ?? 1,
      p: p.subarray(offset, offset + size),
      g: slope,
      factors: factors!.subarray(place, place + rows + columns),
      momentum: momentum!.subarray(offset, offset + size),
      rows,
      decays: offset < attrs.decayed,
    };
    update(one, hyper!, control![controlAt.step]!, attrs);
  }
}

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
const valuesCase = (values: readonly number[]) => ({ ...float(values.length), fill: { values } });
const hyperCase = [0.01, 0.1, 0, 0.9, 0.1, 0, 1, 0.10536, 0, 1, 0, 0.9, 0, 0, 0, 0];
const controlCase = [0.5, 1, 0.271, 1, 2, 3, 1, 1];

/** A matrix [4, 6], a vector [6] and a matrix [3, 2], each on its own 64 words. */
function slabCase(
  attrs: Omit<AdafactorAttrs, 'decayed'>,
  { first = 0, apply = 1, decayed = 128, rates = [] as number[] },
) {
  const table = [0, 4, 6, 0, 64, 0, 6, 64, 128, 3, 2, 128];
  const hyper = hyperCase.map((value, i) =>
    i === hyperAt.first ? first : i === hyperAt.oneMinusFirst ? 1 - first : value,
  );
  const control = controlCase.map((value, i) => (i === controlAt.apply ? apply : value));
  return {
    inputs: [
      ...[float(134), float(134), valuesCase(hyper), valuesCase(control)],
      { shape: [table.length], dtype: 'int32' as const, fill: { values: table } },
      ...[{ ...float(133), fill: 'positive' as const }, float(134)],
      ...(rates.length > 0 ? [valuesCase(rates)] : []),
    ],
    attrs: { ...attrs, decayed },
  };
}

/** parameters, gradients, hyper, control, table int32 [4n], factors, momentum (as long as the parameters, for β1 > 0), rates */
export const adafactor = defineKernel<AdafactorAttrs>({
  name: 'AdafactorUpdate',
  inputs: ['parameters', 'gradients', 'hyper', 'control', 'table', 'factors', 'momentum', 'rates'],
  mutates: [0, 5, 6],
  infer([p, g, hyper, control, table, , momentum, rates]) {
    if (sizeOf(p!) !== sizeOf(g!) || sizeOf(p!) !== sizeOf(momentum!))
      throw new Error('the slabs must be of one size.');
    if (sizeOf(hyper!) !== hyperWords || sizeOf(control!) !== controlWords || sizeOf(table!) % tableColumns !== 0)
      throw new Error('hyper, control or the table has another size.');
    if (rates && sizeOf(rates) !== Math.ceil(sizeOf(p!) / wordsPerRate)) throw new Error('rates have another size.');
    return [];
  },
  reference: (inputs, _, call) => updateAll(inputs, call),
  wasm({ inputs: [, , , , table, , , rates], attrs: { decayed, variant, scaleParameter, relativeStep } }) {
    const places = [...[0, 1, 2, 3, 4, 5, 6].map((input) => ({ input })), rates ? { input: 7 } : 0];
    const flags = [variant === 'torch', scaleParameter, relativeStep].map(Number);
    return [{ fn: 'adafactor_update', args: [...places, sizeOf(table!) / tableColumns, decayed, ...flags] }];
  },
  webgpu({ inputs, attrs }, gpu) {
    const table = inputs[4];
    const count = sizeOf(table!) / tableColumns;
    const across = Math.min(count, gpu.maxWorkgroupsPerDimension);
    return [
      {
        wgsl: adafactorShader(attrs, count, across, inputs.length > 7),
        bindings: inputs.map((_, input) => ({ input })),
        workgroups: [across, Math.ceil(count / across), 1],
      },
    ];
  },
  cases: [
    slabCase({ variant: 'transformers', scaleParameter: true, relativeStep: true }, {}),
    slabCase({ variant: 'transformers', scaleParameter: false, relativeStep: false }, { first: 0.9, decayed: 64 }),
    slabCase({ variant: 'torch', scaleParameter: true, relativeStep: false }, {}),
    slabCase({ variant: 'torch', scaleParameter: true, relativeStep: false }, { apply: 0 }),
    slabCase({ variant: 'transformers', scaleParameter: true, relativeStep: false }, { rates: [1, 0.25, 2] }),
    slabCase({ variant: 'torch', scaleParameter: true, relativeStep: false }, { rates: [0.5, 0, 2] }),
  ],
});
