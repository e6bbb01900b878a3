// 4-bit NormalFloat as bitsandbytes stores it (QLoRA): blocks of 64 in row order, index of the nearest level, two to a
// byte with the FIRST element in the high nibble; and double quantisation of the blocks' scales with its signed 8-bit
// dynamic map. Byte-equal to bitsandbytes; a value exactly half way goes to the lower index.

export const nf4Blocks = { blockSize: 64, doubleBlockSize: 256 } as const;

/** The sixteen levels: quantiles of a normal distribution, 0 among them. */
export const nf4Codebook = Float32Array.of(
  ...[-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334],
  ...[-0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224],
  ...[0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1],
);

export interface Nf4 {
  /** ceil(length / 2) bytes; an odd last byte is filled with the index of 0. */
  packed: Uint8Array;
  /** Largest magnitude of each block. */
  absmax: Float32Array;
}

export interface DoubleQuantised {
  codes: Uint8Array;
  /** Scale of each 256 codes. */
  absmax: Float32Array;
  /** Mean of what was quantised. */
  offset: number;
}

/** Index of the nearest entry of a sorted codebook. */
function nearest(midpoints: Float64Array, value: number): number {
  let low = 0;
  let high = midpoints.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (midpoints[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const midpointsOf = (codebook: Float32Array): Float64Array =>
  Float64Array.from({ length: codebook.length - 1 }, (_, i) => (codebook[i]! + codebook[i + 1]!) / 2);

const nf4Midpoints = midpointsOf(nf4Codebook);

function largest(values: Float32Array, from: number, to: number): number {
  let most = 0;
  for (let i = from; i < to; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}

export function quantiseNf4(values: Float32Array, blockSize: number = nf4Blocks.blockSize): Nf4 {
  const absmax = new Float32Array(Math.ceil(values.length / blockSize));
  const packed = new Uint8Array(Math.ceil(values.length / 2));
  for (let block = 0; block < absmax.length; block++) {
    const end = Math.min(values.length, (block + 1) * blockSize);
    const most = largest(values, block * blockSize, end);
    absmax[block] = most;
    for (let i = block * blockSize; i < end; i++) {
      const index = nearest(nf4Midpoints, Math.fround(values[i]! / (most || 1)));
      packed[i >> 1]! |= i & 1 ? index : index << 4;
    }
  }
  if (values.length % 2 === 1) packed[packed.length - 1]! |= nearest(nf4Midpoints, 0);
  return { packed, absmax };
}

/** Element `index` of NF4 words (eight each, as little-endian bytes), with the scale of its block. */
export function nf4Reader(words: ArrayLike<number>, scale: (block: number) => number): (index: number) => number {
  return (index) => {
    const byte = words[index >> 3]! >>> (8 * ((index >> 1) & 3));
    return nf4Codebook[index & 1 ? byte & 15 : (byte >> 4) & 15]! * scale(Math.floor(index / nf4Blocks.blockSize));
  };
}

export function dequantiseNf4(
  { packed, absmax }: Nf4,
  length: number,
  blockSize: number = nf4Blocks.blockSize,
): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const byte = packed[i >> 1]!;
    return nf4Codebook[i & 1 ? byte & 15 : byte >> 4]! * absmax[Math.floor(i / blockSize)]!;
  });
}

/** Bitsandbytes' create_dynamic_map(signed): 255 values of seven magnitudes, 0 and 1, sorted. */
export const dynamicMap: Float32Array = makeDynamicMap();

function makeDynamicMap(): Float32Array {
  const values = [0, 1];
  for (let magnitude = 0; magnitude < 7; magnitude++) {
    const steps = 2 ** magnitude;
    const edge = (i: number): number => Math.fround(i === steps ? 1 : 0.1 + i * (0.9 / steps));
    for (let i = 0; i < steps; i++) {
      const middle = Math.fround(Math.fround(edge(i) + edge(i + 1)) / 2);
      const value = 10 ** (magnitude - 6) * middle;
      values.push(value, -value);
    }
  }
  return Float32Array.from(values).sort();
}

const dynamicMidpoints = midpointsOf(dynamicMap);

/**
 * Scales of blocks as 8-bit codes around their mean. The mean is summed pairwise in float32 as numpy does, so that the
 * bytes are equal; torch's differs in the last bit at most.
 */
export function doubleQuantise(values: Float32Array, blockSize: number = nf4Blocks.doubleBlockSize): DoubleQuantised {
  const offset = Math.fround(pairwiseSum(values, 0, values.length) / values.length);
  const centred = values.map((value) => value - offset);
  const absmax = new Float32Array(Math.ceil(values.length / blockSize));
  const codes = new Uint8Array(values.length);
  for (let block = 0; block < absmax.length; block++) {
    const end = Math.min(values.length, (block + 1) * blockSize);
    const most = largest(centred, block * blockSize, end);
    absmax[block] = most;
    for (let i = block * blockSize; i < end; i++)
      codes[i] = nearest(dynamicMidpoints, most ? Math.fround(centred[i]! / most) : 0);
  }
  return { codes, absmax, offset };
}

export function doubleDequantise(
  { codes, absmax, offset }: DoubleQuantised,
  blockSize: number = nf4Blocks.doubleBlockSize,
): Float32Array {
  return Float32Array.from(codes, (code, i) =>
    Math.fround(Math.fround(dynamicMap[code]! * absmax[Math.floor(i / blockSize)]!) + offset),
  );
}

function pairwiseSum(values: Float32Array, from: number, length: number): number {
  if (length < 8) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum = Math.fround(sum + values[from + i]!);
    return sum;
  }
  if (length > 128) {
    const half = Math.floor(length / 2);
    const whole = half - (half % 8);
    return Math.fround(pairwiseSum(values, from, whole) + pairwiseSum(values, from + whole, length - whole));
  }
  const sums = Array.from({ length: 8 }, (_, i) => values[from + i]!);
  let i = 8;
  for (; i + 8 <= length; i += 8) for (let j = 0; j < 8; j++) sums[j] = Math.fround(sums[j]! + values[from + i + j]!);
  const [a, b, c, d, e, f, g, h] = sums.map(Number) as [number, number, number, number, number, number, number, number];
  let sum = Math.fround(
    Math.fround(Math.fround(a + b) + Math.fround(c + d)) + Math.fround(Math.fround(e + f) + Math.fround(g + h)),
  );
  for (; i < length; i++) sum = Math.fround(sum + values[from + i]!);
  return sum;
}

/** Bytes as the int32 words that kernels take, filled up with zeros. */
export function bytesToWords(bytes: Uint8Array | Int8Array): Int32Array {
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  return words;
}
