// safetensors: what is written is read, and nothing hostile is.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithShared } from '../lib/testing/shared';
import { readSafetensors, toFloat32, writeSafetensors } from './safetensors';

function file(header: string, data = new Uint8Array(0), length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}
const entry = (from: number, to: number, shape = `[${(to - from) / 4}]`): string =>
  `{"dtype":"F32","shape":${shape},"data_offsets":[${from},${to}]}`;

describe('safetensors', () => {
  it('gives back what was written, aligned', () => {
    const name = fc
      .string({ unit: 'grapheme' })
      .filter((s) => !s.startsWith('__') && s !== 'constructor' && s !== 'prototype');
    const tensor = fc.oneof(
      fc.array(fc.float()).map((v) => ({ shape: [v.length], dtype: 'float32' as const, data: Float32Array.from(v) })),
      fc.array(fc.integer()).map((v) => ({ shape: [1, v.length], dtype: 'int32' as const, data: Int32Array.from(v) })),
      fc.uint8Array().map((v) => ({ shape: [v.length], dtype: 'uint8' as const, data: Uint8Array.from(v) })),
      fc.array(fc.double()).map((v) => ({ shape: [v.length], dtype: 'float64' as const, data: Float64Array.from(v) })),
    );
    fc.assert(
      fc.property(fc.dictionary(name, tensor), (tensors) => {
        const { tensors: read, metadata } = readSafetensors(writeSafetensors(tensors, { by: 'é' }));
        expect(metadata.get('format')).toBe('pt');
        expect(metadata.get('by')).toBe('é');
        expect([...read.keys()].sort()).toEqual(Object.keys(tensors).sort());
        for (const [key, { shape, data }] of Object.entries(tensors)) {
          const found = read.get(key)!;
          expect(found.shape).toEqual(shape);
          expect(found.bytes).toEqual(new Uint8Array(data.buffer));
          expect(found.bytes.byteOffset % data.BYTES_PER_ELEMENT).toBe(0);
        }
      }),
      { numRuns: 100 },
    );
  });

  const eight = new Uint8Array(8);
  it.each<[string, Uint8Array]>([
    ['truncated before the header', new Uint8Array(5)],
    ['header past the file', file('{}', undefined, 99n)],
    ['header too long', file('{}', undefined, 1n << 40n)],
    ['not JSON', file('{"a"')],
    ['not an object', file('[]')],
    ['text before the object', file(' {}')],
    ['a duplicate name', file(`{"a":${entry(0, 4)},"a":${entry(4, 8)}}`, eight)],
    ['a duplicate name written otherwise', file(`{"a":${entry(0, 4)},"\\u0061":${entry(4, 8)}}`, eight)],
    ['a duplicate field', file(`{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, eight)],
    ['an overlap', file(`{"a":${entry(0, 8)},"b":${entry(4, 8)}}`, eight)],
    ['a hole', file(`{"a":${entry(4, 8)}}`, eight)],
    ['bytes left over', file(`{"a":${entry(0, 4)}}`, eight)],
    ['a negative offset', file(`{"a":${entry(-4, 4, '[2]')}}`, eight)],
    ['offsets in reverse', file(`{"a":${entry(8, 0, '[2]')}}`, eight)],
    ['an offset past the file', file(`{"a":${entry(0, 16)}}`, eight)],
    ['a shape that does not match', file(`{"a":${entry(0, 8, '[3]')}}`, eight)],
    ['a shape that overflows', file(`{"a":${entry(0, 8, '[9007199254740991,9007199254740991]')}}`, eight)],
    ['a fractional shape', file(`{"a":${entry(0, 8, '[0.5,4]')}}`, eight)],
    ['an unknown type', file('{"a":{"dtype":"toString","shape":[],"data_offsets":[0,8]}}', eight)],
    ['__proto__', file(`{"__proto__":${entry(0, 8)}}`, eight)],
    ['a note that is not text', file('{"__metadata__":{"a":1}}')],
    ['nothing for a tensor', file('{"a":null}')],
  ])('refuses %s', (_, bytes) => {
    expect(() => readSafetensors(bytes)).toThrow(
      expect.objectContaining({ name: expect.stringMatching(/^(Format|Limit)Error$/) }),
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('dtype');
  });

  it('refuses any damage by name, or reads it', () => {
    const whole = writeSafetensors({ a: { shape: [2], dtype: 'float32', data: Float32Array.of(1, 2) } });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
        const damaged = whole.slice(0, length);
        if (at < length) damaged[at] = value;
        try {
          readSafetensors(damaged);
        } catch (error) {
          expect((error as Error).name).toMatch(/^(Format|Limit)Error$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('widens halves', () => {
    const half = {
      dtype: 'F16' as const,
      shape: [4],
      bytes: new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 1, 0x7c00).buffer),
    };
    expect([...toFloat32('h', half)]).toEqual([1, -2, 2 ** -24, Infinity]);
    const brain = { dtype: 'BF16' as const, shape: [2], bytes: new Uint8Array(Uint16Array.of(0x3f80, 0xc000).buffer) };
    expect([...toFloat32('b', brain)]).toEqual([1, -2]);
  });
});

describeWithShared('a file written by others', 'models/tiny-bert/model.safetensors', (path) => {
  it('is read', () => {
    const { tensors } = readSafetensors(new Uint8Array(readFileSync(path)));
    expect(tensors.size).toBeGreaterThan(10);
    for (const [name, tensor] of tensors)
      if (tensor.dtype === 'F32') expect(toFloat32(name, tensor).every(Number.isFinite)).toBe(true);
  });
});
