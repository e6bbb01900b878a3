// Weights stored in fewer bits, back to float32: any run of a row-major [n, k] matrix, counted in elements from its
// start. Formats: 0 f16, 1 bf16, 2 int8 with a scale a group, 3 nf4 with a scale a block of 64, 4 nf4 whose block scales
// are themselves 8-bit codes (double quantisation).
import { unpackHalves } from './half.as';

let format: i32, packed: usize, scales: usize, codes: usize, map: usize, offset: usize, perScale: i32;

/** `perScale`: elements that share a scale. `codes`, `map` and `offset` only for format 4. */
export function setWeights(f: i32, words: usize, s: usize, c: usize, m: usize, o: usize, each: i32): void {
  format = f;
  packed = words;
  scales = s;
  codes = c;
  map = m;
  offset = o;
  perScale = each;
}

/** Elements start … start + count - 1, to floats. */
export function decode(start: i32, count: i32, to: usize): void {
  if (format < 2) {
    unpackHalves(packed + ((<usize>start) << 1), count, format, to);
    return;
  }
  while (count > 0) {
    const block = start / perScale;
    const length = min(count, (block + 1) * perScale - start);
    if (format == 2) decodeBytes(start, length, load<f32>(scales + ((<usize>block) << 2)), to);
    else decodeNibbles(start, length, blockScale(block), to);
    start += length;
    count -= length;
    to += (<usize>length) << 2;
  }
}

// @ts-ignore: decorator
@inline
function blockScale(block: i32): f32 {
  if (format == 3) return load<f32>(scales + ((<usize>block) << 2));
  const code = load<f32>(map + ((<usize>load<u8>(codes + <usize>block)) << 2));
  return code * load<f32>(scales + ((<usize>(block >> 8)) << 2)) + load<f32>(offset);
}

function decodeBytes(start: i32, count: i32, scale: f32, to: usize): void {
  const s = f32x4.splat(scale);
  let from = packed + <usize>start;
  let i = 0;
  for (; i + 8 <= count; i += 8, from += 8, to += 32) {
    const words = v128.load8x8_s(from);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), s));
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), s), 16);
  }
  for (; i < count; i++, from++, to += 4) store<f32>(to, <f32>load<i8>(from) * scale);
}

// Dettmers et al., QLoRA, 2023: the quantiles of a normal distribution, as bitsandbytes has them.
// @ts-ignore: decorator
@lazy const NF4: usize = memory.data<f32>([
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
  -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
  0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
]);

// @ts-ignore: decorator
@inline
function nibble(at: i32): usize {
  // The first element of a pair lies in the high nibble.
  const byte = load<u8>(packed + ((<usize>at) >> 1));
  return (at & 1 ? byte & 15 : byte >> 4) << 2;
}

// @ts-ignore: decorator
@inline
function plane(byte: i32): v128 {
  return v128.load(NF4_BYTES + ((<usize>byte) << 4));
}

// The sixteen values byte by byte: byte plane b holds byte b of each, so that four table look-ups give a float.
// @ts-ignore: decorator
@lazy const NF4_BYTES: usize = memory.data<u8>([
  0, 177, 48, 160, 77, 63, 113, 0, 255, 227, 221, 58, 184, 171, 179, 0,
  0, 57, 107, 50, 162, 53, 120, 0, 250, 202, 4, 3, 164, 7, 19, 0,
  128, 50, 6, 202, 145, 61, 186, 0, 162, 36, 124, 173, 225, 16, 57, 128,
  191, 191, 191, 190, 190, 190, 189, 0, 61, 62, 62, 62, 62, 63, 63, 63,
]);

function decodeNibbles(start: i32, count: i32, scale: f32, to: usize): void {
  let i = 0;
  for (; i < count && (start + i) & 1; i++, to += 4) store<f32>(to, load<f32>(NF4 + nibble(start + i)) * scale);
  const s = f32x4.splat(scale);
  const low = i8x16.splat(15);
  for (; i + 16 <= count; i += 16, to += 64) {
    const bytes = v128.load64_zero(packed + ((<usize>(start + i)) >> 1));
    const indices = i8x16.shuffle(
      i8x16.shr_u(bytes, 4), v128.and(bytes, low), 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
    );
    const b0 = i8x16.swizzle(plane(0), indices);
    const b1 = i8x16.swizzle(plane(1), indices);
    const b2 = i8x16.swizzle(plane(2), indices);
    const b3 = i8x16.swizzle(plane(3), indices);
    const low0 = i8x16.shuffle(b0, b1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const low1 = i8x16.shuffle(b0, b1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const high0 = i8x16.shuffle(b2, b3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const high1 = i8x16.shuffle(b2, b3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v128.store(to, f32x4.mul(i16x8.shuffle(low0, high0, 0, 8, 1, 9, 2, 10, 3, 11), s));
    v128.store(to, f32x4.mul(i16x8.shuffle(low0, high0, 4, 12, 5, 13, 6, 14, 7, 15), s), 16);
    v128.store(to, f32x4.mul(i16x8.shuffle(low1, high1, 0, 8, 1, 9, 2, 10, 3, 11), s), 32);
    v128.store(to, f32x4.mul(i16x8.shuffle(low1, high1, 4, 12, 5, 13, 6, 14, 7, 15), s), 48);
  }
  for (; i < count; i++, to += 4) store<f32>(to, load<f32>(NF4 + nibble(start + i)) * scale);
}
