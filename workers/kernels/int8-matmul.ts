// Products with weights stored as int8 and a float32 scale for each row, or for each group of a row: a quarter of the
// memory, and no gradient to the weights, which stay as they are. Quantising is src/formats/quantization.ts.
import { call } from '../tape/call';
import { defineKernel, type Kernel, type KernelCase } from './kernel';
import { inferPacked, multiplyPacked, packedPasses, packedScratch, packedWasm } from './packed-matmul';
import type { PackedAttrs, PackedFormat } from './packed-matmul';

export type Int8MatmulAttrs = PackedAttrs & {
  /** Weights of a row that share a scale; divides k, and is k for one scale a row. */
  group: number;
};

const format: PackedFormat<Int8MatmulAttrs> = {
  code: () => 2,
  perScale: ({ group }) => group,
  tables: () => 1,
  reader:
    ([words, scales], { group }) =>
    (index) =>
      ((words![index >> 2]! << (24 - 8 * (index & 3))) >> 24) * scales![Math.floor(index / group)]!,
  wgsl: ({ group }) => ({
    types: ['f32'],
    text: `fn weight(index: u32) -> f32 {
  return f32(extractBits(bitcast<i32>(words[index >> 2u]), (index & 3u) * 8u, 8u)) * t0[index / ${group}u];
}`,
  }),
};

/** Four bytes each, all signs and the limits among them. */
export const someWords = [0x7f80ff01, -0x12345679, 0x00fe8142, 0x5a3c7f81, -0x7e80ff02, 0x11d3a56b, 0x40c0e0f0];

/**
 * x [..., k] times the transpose of W → [..., n]; `back`: x [..., n] times W → [..., k]. words: int32 [n k / 4 rounded up],
 * four weights each, the first in the low bits; scales [n k / group]. Gradient to x only.
 */
export const int8Matmul: Kernel<Int8MatmulAttrs> = defineKernel<Int8MatmulAttrs>({
  name: 'Int8MatMul',
  inputs: ['x', 'words', 'scales'],
  infer(inputs, attrs) {
    if (attrs.k % attrs.group !== 0) throw new RangeError(`Rows of ${attrs.k} are no whole groups of ${attrs.group}.`);
    return inferPacked(inputs, attrs, 4);
  },
  reference: (inputs, [y], shape) => multiplyPacked(format, inputs, y!, shape),
  scratch: packedScratch,
  wasm: (shape) => packedWasm(format, shape),
  webgpu: (shape, gpu) => packedPasses(format, shape, gpu),
  gradient: ([upstream], { inputs: [, words, scales], attrs }) => [
    () => call(int8Matmul, [upstream!, words!, scales!], { ...attrs, back: !attrs.back })[0]!,
    ...[null, null],
  ],
  cases: [
    int8Case([1, 300], 65, 300),
    int8Case([1, 1], 1, 1),
    int8Case([3, 5], 7, 5),
    int8Case([2, 3, 8], 9, 8, 4),
    int8Case([9, 7], 7, 10, 5, true),
    int8Case([33, 96], 70, 96, 32),
    int8Case([8, 300], 65, 300),
    int8Case([17, 270], 270, 130, 130, true),
  ],
});

function int8Case(x: number[], n: number, k: number, group = k, back = false): KernelCase<Int8MatmulAttrs> {
  return {
    inputs: [
      { shape: x, dtype: 'float32' },
      { shape: [Math.ceil((n * k) / 4)], dtype: 'int32', fill: { values: someWords } },
      { shape: [(n * k) / group], dtype: 'float32', fill: 'positive' },
    ],
    attrs: { n, k, group, back },
  };
}
