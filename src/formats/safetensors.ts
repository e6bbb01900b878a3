// safetensors: tensors by name behind a JSON header (huggingface/safetensors). Writes what other tools open;
// the reader trusts nothing: every offset, shape and name is checked before a byte is used.
import { fromF16 } from '../lib/half';
import { FormatError, LimitError } from '../contract/errors';
import type { TensorMap } from '../contract/records';
import { duplicateKey } from './json-duplicates';

export const safetensorTypes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;
export type SafetensorType = keyof typeof safetensorTypes;

export interface Safetensor {
  dtype: SafetensorType;
  shape: number[];
  /** Little-endian, row-major; a view into the file. */
  bytes: Uint8Array;
}

/** A tensor that still lies in its file: absolute bytes `start` to `end`. */
export interface TensorSpan {
  dtype: SafetensorType;
  shape: number[];
  start: number;
  end: number;
}

export interface SafetensorsHeader {
  metadata: Map<string, string>;
  /** In the order of the bytes. */
  tensors: Map<string, TensorSpan>;
}

export interface SafetensorsFile {
  metadata: Map<string, string>;
  /** In the order of the bytes. */
  tensors: Map<string, Safetensor>;
}

const mostHeaderBytes = 100_000_000;
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** FormatError (LimitError for a header over 100 MB) says what is wrong and where. */
export function readSafetensors(file: Uint8Array): SafetensorsFile {
  const { metadata, tensors } = readSafetensorsHeader(
    file.subarray(8, safetensorsHeaderEnd(file, file.length)),
    file.length,
  );
  const views = [...tensors].map(
    ([name, { dtype, shape, start, end }]) => [name, { dtype, shape, bytes: file.subarray(start, end) }] as const,
  );
  return { metadata, tensors: new Map(views) };
}

/** Where the header of a file ends, from its first 8 bytes. Errors as of `readSafetensors`. */
export function safetensorsHeaderEnd(head: Uint8Array, fileBytes: number): number {
  if (head.length < 8) throw refused(`it has ${fileBytes} bytes, fewer than the length of its header takes`);
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  if (length > BigInt(mostHeaderBytes))
    throw new LimitError(
      `This is no usable safetensors file: its header claims ${length} bytes, and at most ${mostHeaderBytes} are read.`,
    );
  const end = 8 + Number(length);
  if (end > fileBytes) throw refused(`its header claims ${length} bytes, and only ${fileBytes - 8} follow`);
  return end;
}

/**
 * Where each tensor lies, from the header alone (the bytes from 8 to `safetensorsHeaderEnd`) and the size of the file, so
 * that a large file is checked before it is read. Errors as of `readSafetensors`.
 */
export function readSafetensorsHeader(bytes: Uint8Array, fileBytes: number): SafetensorsHeader {
  const header = parseHeader(bytes);
  const from = 8 + bytes.length;
  const metadata = new Map<string, string>();
  const tensors: [name: string, tensor: TensorSpan][] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (forbidden.has(name)) throw refused(`a tensor is called "${name}", which no model has`);
    if (!isRecord(entry)) throw refused(`"${name}" is not an object`);
    if (name === '__metadata__') {
      for (const [key, value] of Object.entries(entry)) {
        if (typeof value !== 'string') throw refused(`the note "${key}" in its header is not text`);
        metadata.set(key, value);
      }
      continue;
    }
    tensors.push([name, readEntry(name, entry, from, fileBytes)]);
  }
  tensors.sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let at = from;
  for (const [name, { start, end }] of tensors) {
    if (start < at) throw refused(`"${name}" overlaps the tensor before it`);
    if (start > at) throw refused(`${start - at} bytes before "${name}" belong to no tensor`);
    at = end;
  }
  if (at !== fileBytes) throw refused(`its last ${fileBytes - at} bytes belong to no tensor`);
  return { metadata, tensors: new Map(tensors) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw refused('its header is not JSON', error);
  }
  if (!text.startsWith('{') || !isRecord(header)) throw refused('its header is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== null) throw refused(`"${twice}" comes twice in its header`);
  return header;
}

function readEntry(name: string, entry: Record<string, unknown>, from: number, fileBytes: number): TensorSpan {
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(safetensorTypes, dtype))
    throw refused(`"${name}" has the unknown type ${JSON.stringify(dtype)}`);
  const type = dtype as SafetensorType;
  if (!isCounts(shape)) throw refused(`the shape of "${name}" is not a list of whole numbers from 0`);
  if (!isCounts(offsets) || offsets.length !== 2)
    throw refused(`the offsets of "${name}" are not two whole numbers from 0`);
  const [start, end] = offsets as [number, number];
  if (end < start) throw refused(`"${name}" lies outside of the file (${start} to ${end})`);
  if (from + end > fileBytes)
    throw refused(
      `it is cut short: "${name}" lies outside of the file (${start} to ${end}), and after the header there are ${fileBytes - from} bytes`,
    );
  const size = shape.reduce((product, dim) => product * dim, safetensorTypes[type]);
  if (size !== end - start)
    throw refused(`"${name}" should take ${size} bytes by its shape and type, and has ${end - start}`);
  return { dtype: type, shape, start: from + start, end: from + end };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && (one as number) >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(what: string, cause?: unknown): FormatError {
  return new FormatError(
    `This is no usable safetensors file: ${what}. Nothing of it was used; download or export it again.`,
    cause === undefined ? undefined : { cause },
  );
}

const typeOf = { float32: 'F32', int32: 'I32', uint8: 'U8', float64: 'F64' } as const;

/** The file of these tensors: widest types first, then by name, so that every tensor is aligned. */
export function writeSafetensors(tensors: TensorMap, metadata: Record<string, string> = {}): Uint8Array {
  const ordered = Object.entries(tensors).sort(
    ([a, one], [b, two]) => two.data.BYTES_PER_ELEMENT - one.data.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  );
  let at = 0;
  const entries: [string, unknown][] = [['__metadata__', { format: 'pt', ...metadata }]];
  for (const [name, { dtype, shape, data }] of ordered) {
    entries.push([name, { dtype: typeOf[dtype], shape, data_offsets: [at, at + data.byteLength] }]);
    at += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes);
  file.set(json, 8);
  let to = 8 + headerBytes;
  for (const [, { data }] of ordered) {
    writeLittleEndian(file, to, data);
    to += data.byteLength;
  }
  return file;
}

function writeLittleEndian(file: Uint8Array, to: number, data: TensorMap[string]['data']): void {
  if (data instanceof Uint8Array) return file.set(data, to);
  const view = new DataView(file.buffer, to, data.byteLength);
  const width = data.BYTES_PER_ELEMENT;
  if (data instanceof Int32Array) data.forEach((value, i) => view.setInt32(i * width, value, true));
  else if (data instanceof Float32Array) data.forEach((value, i) => view.setFloat32(i * width, value, true));
  else data.forEach((value, i) => view.setFloat64(i * width, value, true));
}

/** The order of bytes on this computer, which is the files' own on nearly all. */
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Values as 32-bit floats, from the types that weights come in; FormatError for the others. */
export function toFloat32(name: string, { dtype, bytes }: Safetensor): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength / safetensorTypes[dtype];
  const out = new Float32Array(count);
  switch (dtype) {
    case 'F32':
      if (littleEndian) new Uint8Array(out.buffer).set(bytes);
      else for (let i = 0; i < count; i++) out[i] = view.getFloat32(i * 4, true);
      return out;
    case 'F64':
      for (let i = 0; i < count; i++) out[i] = view.getFloat64(i * 8, true);
      return out;
    case 'BF16': {
      const words = new Uint32Array(out.buffer);
      for (let i = 0; i < count; i++) words[i] = view.getUint16(i * 2, true) << 16;
      return out;
    }
    case 'F16':
      for (let i = 0; i < count; i++) out[i] = fromF16(view.getUint16(i * 2, true));
      return out;
    default:
      throw refused(`"${name}" is of type ${dtype}, which holds no weights`);
  }
}
