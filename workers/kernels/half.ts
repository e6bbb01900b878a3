// Storage as 16-bit floats, two in one int32 word: packing and unpacking. Sums are never made in 16 bits: what computes
// with packed arrays unpacks them first (half-matmul.ts). On webgpu by bit arithmetic too, because WGSL leaves open how
// pack2x16float rounds and what becomes of subnormals.
import { fromHalf, packHalves, toHalf, type HalfFormat } from '../../src/lib/half';
import { defineKernel, sizeOf, type Kernel, type KernelCase, type Spec } from './kernel';
import { gridOver, gridShader } from './wgsl-grid';

export type PackAttrs = { format: HalfFormat };
export type UnpackAttrs = { format: HalfFormat; shape: readonly number[] };

const halfCodes: Readonly<Record<HalfFormat, number>> = { f16: 0, bf16: 1 };
/** How the AssemblyScript kernels name a format. */
export const halfCode = (format: HalfFormat): number => halfCodes[format];

/** Bits of a half from the bits of a float32, and back, as WGSL functions on u32. */
export const halfWgsl: Readonly<Record<HalfFormat, { pack: string; unpack: string }>> = {
  f16: {
    pack: `fn packed(all: u32) -> u32 {
  let sign = (all >> 16u) & 0x8000u;
  let magnitude = all & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return sign | 0x7e00u; }
  if (magnitude >= 0x47800000u) { return sign | 0x7c00u; }
  if (magnitude < 0x33000000u) { return sign; }
  if (magnitude < 0x38800000u) { return sign | (bitcast<u32>(bitcast<f32>(magnitude) + 0.5) - 0x3f000000u); }
  return sign | ((magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13u) & 1u)) >> 13u);
}`,
    unpack: `fn unpacked(half: u32) -> u32 {
  let sign = (half & 0x8000u) << 16u;
  let exponent = (half >> 10u) & 31u;
  let fraction = half & 0x3ffu;
  if (exponent == 31u) { return sign | 0x7f800000u | (fraction << 13u); }
  if (exponent == 0u) { return sign | bitcast<u32>(f32(fraction) * 5.9604644775390625e-8); }
  return sign | (((half & 0x7fffu) << 13u) + 0x38000000u);
}`,
  },
  bf16: {
    pack: `fn packed(all: u32) -> u32 {
  if ((all & 0x7fffffffu) > 0x7f800000u) { return (all >> 16u) | 0x40u; }
  return (all + 0x7fffu + ((all >> 16u) & 1u)) >> 16u;
}`,
    unpack: `fn unpacked(half: u32) -> u32 {
  return half << 16u;
}`,
  },
};

/** x of any shape → int32 [ceil(size / 2)], the first half of a pair in the low bits. No gradient. */
export const packHalf = defineKernel<PackAttrs>({
  name: 'PackHalf',
  inputs: ['x'],
  infer: ([x]) => [{ shape: [Math.ceil(sizeOf(x!) / 2)], dtype: 'int32' }],
  reference([x], [words], { attrs }) {
    words!.set(packHalves(x!, attrs.format));
  },
  wasm: ({ inputs: [x], attrs }) => [
    { fn: 'pack_half', args: [{ input: 0 }, { output: 0 }, sizeOf(x!), halfCode(attrs.format)] },
  ],
  webgpu({ inputs: [x], attrs }, gpu) {
    const size = sizeOf(x!);
    const count = Math.ceil(size / 2);
    const { workgroups, index } = gridOver(count, gpu);
    const second = `packed(bits[min(2u * i + 1u, ${size - 1}u)])`;
    const shader = gridShader(
      ['var<storage, read> bits: array<u32>', 'var<storage, read_write> words: array<u32>'],
      `  words[i] = packed(bits[2u * i]) | (select(0u, ${second}, 2u * i + 1u < ${size}u) << 16u);`,
      index,
      count,
    );
    return [{ wgsl: `${halfWgsl[attrs.format].pack}\n${shader}`, bindings: [{ input: 0 }, { output: 0 }], workgroups }];
  },
  cases: bothFormats([[1], [2], [7], [8], [65], [3, 43]].map((shape) => ({ shape, dtype: 'float32' }))),
});

/** int32 words → float32 of `shape`, which says how many of the halves count. No gradient: words have none. */
export const unpackHalf = defineKernel<UnpackAttrs>({
  name: 'UnpackHalf',
  inputs: ['words'],
  infer([words], { shape }) {
    const needed = Math.ceil(sizeOf({ shape, dtype: 'float32' }) / 2);
    if (words!.dtype !== 'int32' || sizeOf(words!) !== needed)
      throw new RangeError(`Halves of shape [${shape.join()}] are ${needed} int32 words, not ${sizeOf(words!)}.`);
    return [{ shape, dtype: 'float32' }];
  },
  reference([words], [y], { attrs }) {
    for (let i = 0; i < y!.length; i++) y![i] = fromHalf[attrs.format]((words![i >> 1]! >>> ((i & 1) * 16)) & 0xffff);
  },
  wasm: ({ outputs: [y], attrs }) => [
    { fn: 'unpack_half', args: [{ input: 0 }, { output: 0 }, sizeOf(y!), halfCode(attrs.format)] },
  ],
  webgpu({ outputs: [y], attrs }, gpu) {
    const count = sizeOf(y!);
    const { workgroups, index } = gridOver(count, gpu);
    const shader = gridShader(
      ['var<storage, read> words: array<u32>', 'var<storage, read_write> bits: array<u32>'],
      '  bits[i] = unpacked((words[i >> 1u] >> ((i & 1u) * 16u)) & 0xffffu);',
      index,
      count,
    );
    return [
      { wgsl: `${halfWgsl[attrs.format].unpack}\n${shader}`, bindings: [{ input: 0 }, { output: 0 }], workgroups },
    ];
  },
  cases: [[1], [2], [7], [64], [5, 13]].flatMap((shape) =>
    (['f16', 'bf16'] as const).map((format) => ({
      inputs: [
        {
          shape: [Math.ceil(sizeOf({ shape, dtype: 'float32' }) / 2)],
          dtype: 'int32' as const,
          fill: { values: someHalves(format) },
        },
      ],
      attrs: { format, shape },
    })),
  ),
});

export const halfKernels: readonly Kernel[] = [packHalf, unpackHalf];

function bothFormats(specs: Spec[]): KernelCase<PackAttrs>[] {
  return specs.flatMap((spec) =>
    (['f16', 'bf16'] as const).map((format) => ({ inputs: [spec], attrs: { format }, checkGradient: false })),
  );
}

/** Normal, subnormal, negative and large halves; no NaN, which a comparison cannot take. */
function someHalves(format: HalfFormat): number[] {
  const values = [1, -0.1, 3e-6, -6e-8, 65504, -2.5, 0, 1e-3, 123.25, -1024.5, 6.1e-5];
  return values.map((value, i) => toHalf[format](value) | (toHalf[format](values[(i * 7 + 3) % values.length]!) << 16));
}
