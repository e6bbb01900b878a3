// 16-bit floats as bits: IEEE binary16 (f16) and bfloat16, to and from float32. Rounds to nearest, ties to even; keeps
// subnormals and NaN, overflows to infinity. The kernel version for whole arrays is workers/kernels/half.as.ts.

export type HalfFormat = 'f16' | 'bf16';

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of the f16 nearest to `value` (first rounded to float32, as all weights are). */
export function toF16(value: number): number {
  float[0] = value;
  const all = bits[0]!;
  const sign = (all >>> 16) & 0x8000;
  const magnitude = all & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14: adding 0.5 leaves the rounded multiple of 2^-24 in the low bits.
    bits[0] = magnitude;
    float[0] = float[0] + 0.5;
    return sign | (bits[0] - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

/** The value of f16 bits. */
export function fromF16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The bits of the bfloat16 nearest to `value`. */
export function toBf16(value: number): number {
  float[0] = value;
  const all = bits[0]!;
  if ((all & 0x7fffffff) > 0x7f800000) return (all >>> 16) | 0x40;
  return (all + 0x7fff + ((all >>> 16) & 1)) >>> 16;
}

/** The value of bfloat16 bits. */
export function fromBf16(half: number): number {
  bits[0] = half << 16;
  return float[0]!;
}

export const toHalf: Readonly<Record<HalfFormat, (value: number) => number>> = { f16: toF16, bf16: toBf16 };
export const fromHalf: Readonly<Record<HalfFormat, (half: number) => number>> = { f16: fromF16, bf16: fromBf16 };

/** Two halves a word, the first in the low bits; an odd last one stands alone. */
export function packHalves(values: ArrayLike<number>, format: HalfFormat): Int32Array {
  const words = new Int32Array(Math.ceil(values.length / 2));
  for (let i = 0; i < values.length; i++) words[i >> 1]! |= toHalf[format](values[i]!) << ((i & 1) * 16);
  return words;
}

/** Element `index` of packed halves. */
export function halfReader(words: ArrayLike<number>, format: HalfFormat): (index: number) => number {
  const from = fromHalf[format];
  return (index) => from((words[index >> 1]! >>> ((index & 1) * 16)) & 0xffff);
}
