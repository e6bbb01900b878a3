// Sums over axes, in a fixed order: long sums are cut into blocks whose size depends on the shape only, so the result
// is the same with any number of threads.
import type { Tensor } from '@tensorflow/tfjs-core';
import { call } from '../tape/call';
import { sameShape } from '../tape/recording';
import { reshape } from '../tape/reshape';
import { broadcastTo } from './broadcast';
import { defineKernel, type CallShape, type GpuPass, type Place, type WasmCall } from './kernel';
import { scale } from './scale';
import { onlyFloats, stridesOf } from './strides';
import { gridOver, gridShader } from './wgsl-grid';

type SumAttrs = { axes: readonly number[]; keepDims: boolean };

/** [outer, reduce, inner] → [outer, blocks, inner], each the sum of up to `block` elements. */
interface Stage {
  outer: number;
  reduce: number;
  inner: number;
  block: number;
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
const blocksOf = ({ reduce, block }: Stage): number => Math.ceil(reduce / block);
const outputWords = (stage: Stage): number => stage.outer * blocksOf(stage) * stage.inner;

/** Neighbouring axes are summed as one, the last ones first; what is long goes through blocks. */
export function stagesOf({ inputs: [x], attrs: { axes } }: Pick<CallShape<SumAttrs>, 'inputs' | 'attrs'>): Stage[] {
  const shape = [...x!.shape];
  const summed = shape.map((size, axis) => axes.includes(axis) && size > 1);
  const stages: Stage[] = [];
  for (let end = shape.length; end > 0;) {
    if (!summed[end - 1]) {
      end--;
      continue;
    }
    let begin = end;
    while (begin > 0 && (summed[begin - 1] || shape[begin - 1] === 1)) begin--;
    const outer = product(shape.slice(0, begin));
    const inner = product(shape.slice(end));
    const reduce = product(shape.slice(begin, end));
    const [longest, block] = inner === 1 ? [8192, 4096] : [512, 128];
    if (reduce > longest) stages.push({ outer, reduce, inner, block });
    const left = reduce > longest ? Math.ceil(reduce / block) : reduce;
    stages.push({ outer, reduce: left, inner, block: left });
    shape.fill(1, begin, end);
    end = begin;
  }
  return stages.length > 0 ? stages : [{ outer: 1, reduce: 1, inner: product(shape), block: 1 }];
}

const sourceOf = (stage: number): Place => (stage === 0 ? { input: 0 } : { scratch: stage - 1 });
const targetOf = (stage: number, stages: readonly Stage[]): Place =>
  stage === stages.length - 1 ? { output: 0 } : { scratch: stage };

export const summation = defineKernel<SumAttrs>({
  name: 'Sum',
  inputs: ['x'],
  infer(inputs, { axes, keepDims }) {
    onlyFloats(inputs);
    const { shape } = inputs[0]!;
    if (!axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < shape.length))
      throw new Error(`there is no axis ${axes.join(' or ')}`);
    const kept = keepDims
      ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
      : shape.filter((_, axis) => !axes.includes(axis));
    return [{ shape: kept, dtype: 'float32' }];
  },
  scratch: (shape) => stagesOf(shape).slice(0, -1).map(outputWords),
  reference([x], [y], { inputs: [spec], attrs: { axes } }) {
    const sizes = spec!.shape;
    const kept = stridesOf(sizes.map((size, axis) => (axes.includes(axis) ? 1 : size)));
    const strides = stridesOf(sizes);
    const sums = new Float64Array(y!.length);
    for (let i = 0; i < x!.length; i++) {
      let at = 0;
      for (let axis = 0; axis < sizes.length; axis++)
        if (!axes.includes(axis)) at += (Math.floor(i / strides[axis]!) % sizes[axis]!) * kept[axis]!;
      sums[at]! += x![i]!;
    }
    y!.set(sums);
  },
  wasm: (shape): WasmCall[] =>
    stagesOf(shape).map(({ outer, reduce, inner, block }, i, stages) => ({
      fn: inner === 1 ? 'sum_rows' : 'sum_columns',
      args: [sourceOf(i), targetOf(i, stages), outer, reduce, ...(inner === 1 ? [] : [inner]), block],
    })),
  webgpu: (shape, gpu): GpuPass[] =>
    stagesOf(shape).map((stage, i, stages) => {
      const count = outputWords(stage);
      // Where one sum has neighbouring elements, 64 invocations share it; else each has a column of its own.
      const rows = stage.inner === 1 && stage.block > 32;
      const { workgroups, index } = gridOver(rows ? count * 64 : count, gpu);
      const wgsl = rows ? rowShader(stage, count, workgroups[0]) : columnShader(stage, index, count);
      return { wgsl, bindings: [sourceOf(i), targetOf(i, stages)], workgroups };
    }),
  gradient: ([dy], { inputs: [x], attrs: { axes } }) => [
    () => {
      const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      return broadcastTo(reshape(dy!, kept), x!.shape);
    },
  ],
  cases: [
    { shape: [1], axes: [0] },
    { shape: [65], axes: [0] },
    { shape: [9001], axes: [0] },
    { shape: [7, 33], axes: [1] },
    { shape: [33, 7], axes: [0] },
    { shape: [700, 5], axes: [0] },
    { shape: [3, 5, 2, 6], axes: [0, 2] },
    { shape: [3, 4, 5], axes: [1] },
    { shape: [4, 6], axes: [] },
  ].map(({ shape, axes }, i) => ({ inputs: [{ shape, dtype: 'float32' }], attrs: { axes, keepDims: i % 2 === 0 } })),
});

const buffers = ['var<storage, read> x: array<f32>', 'var<storage, read_write> y: array<f32>'];

function columnShader({ reduce, inner, block }: Stage, index: string, count: number): string {
  const blocks = Math.ceil(reduce / block);
  const body = `  let column = i % ${inner}u;
  let part = (i / ${inner}u) % ${blocks}u;
  let start = (i / ${inner * blocks}u) * ${reduce * inner}u + column;
  let end = min(${reduce}u, (part + 1u) * ${block}u);
  var sum = 0.0;
  for (var k = part * ${block}u; k < end; k++) { sum += x[start + k * ${inner}u]; }
  y[i] = sum;`;
  return gridShader(buffers, body, index, count);
}

function rowShader({ reduce, block }: Stage, count: number, across: number): string {
  const blocks = Math.ceil(reduce / block);
  return `${buffers.map((buffer, i) => `@group(0) @binding(${i}) ${buffer};`).join('\n')}
var<workgroup> parts: array<f32, 64>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = group.y * ${across}u + group.x;
  let part = i % ${blocks}u;
  let start = (i / ${blocks}u) * ${reduce}u;
  let end = select(0u, min(${reduce}u, (part + 1u) * ${block}u), i < ${count}u);
  var sum = 0.0;
  for (var k = part * ${block}u + local; k < end; k += 64u) { sum += x[start + k]; }
  parts[local] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { parts[local] += parts[local + half]; }
  }
  if (local == 0u && i < ${count}u) { y[i] = parts[0]; }
}`;
}

/** The sum over `axes` (all of them by default). */
export function sum(x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis), keepDims = false): Tensor {
  return call(summation, [x], { axes: [...axes], keepDims })[0]!;
}

/** The mean over `axes` (all of them by default). */
export function mean(x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis), keepDims = false): Tensor {
  return scale(sum(x, axes, keepDims), 1 / product(axes.map((axis) => x.shape[axis] ?? 1)));
}

/** `x` summed to a shape that it was repeated from: the gradient of repeating. */
export function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const missing = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, axis) => ((shape[axis - missing] ?? 1) === size ? [] : [axis]));
  return reshape(axes.length > 0 ? sum(x, axes) : x, shape);
}
