// Products with weights stored as 16-bit floats, summed in float32: the forward and backward of mixed precision. The
// float32 weights that were packed may follow as an input: it is not read, it receives the gradient. Pack outside the tape
// (Recorder.mutate(packHalf, …)): words have no gradient.
import { halfReader } from '../../src/lib/half';
import { call } from '../tape/call';
import { reshape } from '../tape/reshape';
import { halfCode, halfWgsl, type PackAttrs } from './half';
import { defineKernel, sizeOf, type Kernel, type KernelCase } from './kernel';
import { matMul } from './matmul';
import { inferPacked, multiplyPacked, packedPasses, packedScratch, packedWasm } from './packed-matmul';
import type { PackedAttrs, PackedFormat } from './packed-matmul';

export type HalfMatmulAttrs = PackedAttrs & PackAttrs;

const format: PackedFormat<HalfMatmulAttrs> = {
  code: (attrs) => halfCode(attrs.format),
  perScale: () => 1,
  tables: () => 0,
  reader: ([words], attrs) => halfReader(words!, attrs.format),
  wgsl: (attrs) => ({
    types: [],
    text: `${halfWgsl[attrs.format].unpack}
fn weight(index: u32) -> f32 {
  return bitcast<f32>(unpacked((words[index >> 1u] >> ((index & 1u) * 16u)) & 0xffffu));
}`,
  }),
};

/** Pairs of ordinary halves: 1, -0.1, 0.003, 2.5, -0.75 … */
const someHalfWords = {
  f16: [0x3c00ae66, 0x1a254100, 0x2e66ba00, 0x33333e66, -0x4dcd0000 + 0x3555],
  bf16: [0x3f80bdcd, 0x3b454020, 0x3dcdbf40, 0x3e663fcd, -0x41340000 + 0x3eab],
};

/**
 * x [..., k] times the transpose of W → [..., n]; `back`: x [..., n] times W → [..., k]. words: int32 from PackHalf.
 * Gradient to x, and to `weights` [n, k], the float32 weights, where they are given.
 */
export const halfMatmul: Kernel<HalfMatmulAttrs> = defineKernel<HalfMatmulAttrs>({
  name: 'HalfMatMul',
  inputs: ['x', 'words', 'weights'],
  infer(inputs, attrs) {
    const weights = inputs[2];
    if (weights && weights.shape.join() !== [attrs.n, attrs.k].join())
      throw new RangeError(`weights must be [${attrs.n}, ${attrs.k}], not [${weights.shape.join()}].`);
    return inferPacked(inputs, attrs, 2);
  },
  reference: (inputs, [y], shape) => multiplyPacked(format, inputs, y!, shape),
  scratch: packedScratch,
  wasm: (shape) => packedWasm(format, shape),
  webgpu: (shape, gpu) => packedPasses(format, shape, gpu),
  gradient: ([upstream], { inputs: [x, words, weights], attrs }) => {
    const flat = (tensor: typeof x) => {
      const columns = tensor!.shape.at(-1)!;
      return reshape(tensor!, [sizeOf({ shape: tensor!.shape, dtype: 'float32' }) / columns, columns]);
    };
    const [rows, columns] = attrs.back ? [x, upstream] : [upstream, x];
    return [
      () => call(halfMatmul, [upstream!, words!], { ...attrs, back: !attrs.back })[0]!,
      null,
      ...(weights ? [() => matMul(flat(rows), flat(columns), { transposeA: true })] : []),
    ];
  },
  cases: (['f16', 'bf16'] as const).flatMap((each) => [
    halfCase([1, 1], 1, 1, each),
    halfCase([3, 5], 7, 5, each),
    halfCase([2, 3, 8], 9, 8, each),
    halfCase([9, 7], 7, 10, each, true),
    halfCase([33, 300], 70, 300, each),
    halfCase([17, 70], 70, 260, each, true),
  ]),
});

function halfCase(
  x: number[],
  n: number,
  k: number,
  each: PackAttrs['format'],
  back = false,
): KernelCase<HalfMatmulAttrs> {
  return {
    inputs: [
      { shape: x, dtype: 'float32' },
      { shape: [Math.ceil((n * k) / 2)], dtype: 'int32', fill: { values: someHalfWords[each] } },
    ],
    attrs: { n, k, format: each, back },
  };
}
