// Weights in fewer bits, other than NF4 (nf4.ts): int8 with a scale a row, column or whole; ONNX's dynamic uint8; GGUF's
// Q8_0 and Q4_0 blocks. Byte-equal to onnxruntime and gguf. Only numbers here; where files keep them is the formats'.
import { fromF16, toF16 } from '../lib/half';

const round = Math.fround;

/** To the nearest whole number, half way to the even one, as numpy's rint and torch's round. */
export function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}

export interface Int8Weights {
  q: Int8Array;
  scales: Float32Array;
}

/**
 * Rows of `columns` weights to -127 … 127 with scale = largest magnitude / 127 (1 where all are 0). `axis` is the one
 * that keeps its own scale: 0 a row, 1 a column, null one scale for all.
 */
export function quantiseInt8(values: Float32Array, columns: number, axis: 0 | 1 | null = 0): Int8Weights {
  const scaleOf = (i: number): number => (axis === 0 ? Math.floor(i / columns) : axis === 1 ? i % columns : 0);
  const count = axis === 0 ? values.length / columns : axis === 1 ? columns : 1;
  const scales = new Float32Array(count);
  values.forEach((value, i) => (scales[scaleOf(i)] = Math.max(scales[scaleOf(i)]!, Math.abs(value))));
  scales.forEach((most, i) => (scales[i] = most === 0 ? 1 : most / 127));
  const q = Int8Array.from(values, (value, i) =>
    Math.max(-127, Math.min(127, roundHalfEven(round(value / scales[scaleOf(i)]!)))),
  );
  return { q, scales };
}

export interface DynamicUint8 {
  q: Uint8Array;
  scale: number;
  zeroPoint: number;
}

/** ONNX DynamicQuantizeLinear: the range is widened to hold 0. */
export function quantiseDynamicUint8(values: Float32Array): DynamicUint8 {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const scale = round(round(high - low) / 255) || 1;
  const clip = (value: number): number => Math.max(0, Math.min(255, value));
  const zeroPoint = clip(roundHalfEven(round(-low / scale)));
  return {
    q: Uint8Array.from(values, (value) => clip(roundHalfEven(round(value / scale)) + zeroPoint)),
    scale,
    zeroPoint,
  };
}

/** Weights in a block of GGUF's simple formats. */
export const ggufBlock = 32;
export const ggufBytes = { Q8_0: 34, Q4_0: 18 } as const;
export type GgufType = keyof typeof ggufBytes;

/** GGUF blocks of 32 weights: an f16 scale, then 32 int8 (Q8_0) or 16 bytes of nibbles, j with j + 16 (Q4_0). */
export function quantiseGguf(values: Float32Array, type: GgufType): Uint8Array {
  if (values.length % ggufBlock !== 0)
    throw new RangeError(`${type} holds blocks of ${ggufBlock} weights; ${values.length} are no whole number of them.`);
  const bytes = new Uint8Array((values.length / ggufBlock) * ggufBytes[type]);
  const view = new DataView(bytes.buffer);
  for (let block = 0; block * ggufBlock < values.length; block++) {
    const own = values.subarray(block * ggufBlock, (block + 1) * ggufBlock);
    const at = block * ggufBytes[type];
    const peak = own.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    const scale = type === 'Q8_0' ? round(Math.abs(peak) / 127) : round(peak / -8);
    const inverse = scale ? round(1 / scale) : 0;
    view.setUint16(at, toF16(scale), true);
    if (type === 'Q8_0') {
      own.forEach((value, j) => {
        const scaled = round(value * inverse);
        view.setInt8(at + 2 + j, Math.sign(scaled) * Math.floor(round(Math.abs(scaled) + 0.5)));
      });
      continue;
    }
    const level = (j: number): number => Math.max(0, Math.min(15, Math.trunc(round(round(own[j]! * inverse) + 8.5))));
    for (let j = 0; j < 16; j++) bytes[at + 2 + j] = level(j) | (level(j + 16) << 4);
  }
  return bytes;
}

export function dequantiseGguf(bytes: Uint8Array, type: GgufType): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array((bytes.length / ggufBytes[type]) * ggufBlock);
  for (let i = 0; i < out.length; i++) {
    const at = Math.floor(i / ggufBlock) * ggufBytes[type];
    const j = i % ggufBlock;
    const scale = fromF16(view.getUint16(at, true));
    const byte = type === 'Q8_0' ? view.getInt8(at + 2 + j) : view.getUint8(at + 2 + (j % 16));
    out[i] = scale * (type === 'Q8_0' ? byte : (j < 16 ? byte & 15 : byte >> 4) - 8);
  }
  return out;
}
