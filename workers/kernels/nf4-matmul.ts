// Products with weights stored as 4-bit NormalFloat (Dettmers et al., QLoRA, 2023), laid out as bitsandbytes does: blocks
// of 64 in row order, each with its largest magnitude, which may itself be an 8-bit code (double quantisation). The
// weights stay as they are: gradient to x only. Quantising is src/formats/nf4.ts.
import { nf4Blocks, nf4Codebook, nf4Reader } from '../../src/formats/nf4';
import { call } from '../tape/call';
import { defineKernel, type Kernel, type KernelCase } from './kernel';
import { someWords } from './int8-matmul';
import { floatLiteral } from './matmul.wgsl';
import { inferPacked, multiplyPacked, packedPasses, packedScratch, packedWasm } from './packed-matmul';
import type { PackedAttrs, PackedFormat } from './packed-matmul';

export type Nf4MatmulAttrs = PackedAttrs & {
  /** Scales of the blocks are 8-bit codes with a scale of their own for each 256 blocks. */
  double: boolean;
};

const { blockSize } = nf4Blocks;

const format: PackedFormat<Nf4MatmulAttrs> = {
  code: ({ double }) => (double ? 4 : 3),
  perScale: () => blockSize,
  tables: ({ double }) => (double ? 4 : 1),
  reader: (tables, { double }) => {
    const [words, scales, codes, map, offset] = tables;
    return double
      ? nf4Reader(words!, (block) => {
          const code = (codes![block >> 2]! >>> (8 * (block & 3))) & 255;
          return map![code]! * scales![block >> 8]! + offset![0]!;
        })
      : nf4Reader(words!, (block) => scales![block]!);
  },
  wgsl: ({ double }) => ({
    types: double ? ['f32', 'u32', 'f32', 'f32'] : ['f32'],
    text: `var<private> levels: array<f32, 16> = array<f32, 16>(${Array.from(nf4Codebook, floatLiteral).join(', ')});
fn weight(index: u32) -> f32 {
  let block = index / ${blockSize}u;
  let byte = words[index >> 3u] >> ((index & 6u) * 4u);
  let level = levels[select(byte & 15u, (byte >> 4u) & 15u, (index & 1u) == 0u)];
  ${
    double
      ? 'let scale = t2[(t1[block >> 2u] >> ((block & 3u) * 8u)) & 255u] * t0[block >> 8u] + t3[0];'
      : 'let scale = t0[block];'
  }
  return level * scale;
}`,
  }),
};

/**
 * x [..., k] times the transpose of W → [..., n]; `back`: x [..., n] times W → [..., k]. words: int32, eight weights each,
 * the first in the high nibble of the low byte. scales: [blocks], or where `double`: [blocks / 256], then codes int32
 * (four each), map [256] and offset [1].
 */
export const nf4Matmul: Kernel<Nf4MatmulAttrs> = defineKernel<Nf4MatmulAttrs>({
  name: 'Nf4MatMul',
  inputs: ['x', 'words', 'scales', 'codes', 'map', 'offset'],
  infer: (inputs, attrs) => inferPacked(inputs, attrs, 8),
  reference: (inputs, [y], shape) => multiplyPacked(format, inputs, y!, shape),
  scratch: packedScratch,
  wasm: (shape) => packedWasm(format, shape),
  webgpu: (shape, gpu) => packedPasses(format, shape, gpu),
  gradient: ([upstream], { inputs: [, ...weights], attrs }) => [
    () => call(nf4Matmul, [upstream!, ...weights], { ...attrs, back: !attrs.back })[0]!,
    ...weights.map(() => null),
  ],
  cases: [
    nf4Case([2, 320], 65, 320, true),
    nf4Case([1, 1], 1, 1, false),
    nf4Case([3, 5], 7, 5, false),
    nf4Case([2, 3, 8], 9, 8, true),
    nf4Case([9, 7], 7, 10, true, true),
    nf4Case([33, 128], 70, 128, false),
    nf4Case([8, 320], 130, 320, true),
    nf4Case([17, 130], 130, 270, false, true),
  ],
});

function nf4Case(x: number[], n: number, k: number, double: boolean, back = false): KernelCase<Nf4MatmulAttrs> {
  const blocks = Math.ceil((n * k) / blockSize);
  const floats = (length: number) => ({ shape: [length], dtype: 'float32' as const });
  const words = (length: number) => ({ shape: [length], dtype: 'int32' as const, fill: { values: someWords } });
  return {
    inputs: [
      { shape: x, dtype: 'float32' },
      words(Math.ceil((n * k) / 8)),
      ...(double
        ? [floats(Math.ceil(blocks / 256)), words(Math.ceil(blocks / 4)), floats(256), floats(1)]
        : [floats(blocks)]),
    ],
    attrs: { n, k, double, back },
  };
}
