import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeWithShared } from '../lib/testing/shared';
import { dequantiseNf4, doubleDequantise, doubleQuantise, dynamicMap, nf4Codebook, quantiseNf4 } from './nf4';
import { dequantiseGguf, quantiseDynamicUint8, quantiseGguf, quantiseInt8 } from './quantization';

/** `null` stands for NaN and strings for infinities in the fixtures. */
interface Fixture {
  int8PerChannel: { weights: number[][]; cases: { axis: 0 | 1; scales: number[]; q: number[][] }[] };
  int8PerTensor: { scale: number; q: number[][] };
  dynamicUint8: { name: string; x: number[]; q: number[]; scale: number; zeroPoint: number }[];
  dynamicMatmul: { a: number[][]; w: number[][]; aScales: number[]; aQ: number[][]; wScales: number[]; wQ: number[][] };
  nf4: {
    codebook: number[];
    cases: {
      name: string;
      x: number[];
      absmax: number[];
      indices: number[];
      packed: number[];
      dequantized: number[];
    }[];
  };
  nf4DoubleQuant: {
    absmax: number[];
    offset: number;
    codebook: number[];
    q: number[];
    absmax2: number[];
    absmaxBack: number[];
  };
  gguf: { x: number[] } & Record<'Q8_0' | 'Q4_0', { bytes: number[]; dequantized: number[] }>;
}

describeWithShared('weights in fewer bits equal the libraries byte for byte', 'fixtures/quantization.json', (file) => {
  const read = (): Fixture => JSON.parse(readFileSync(file, 'utf8')) as Fixture;

  it('int8 a row, a column, a whole', () => {
    const { int8PerChannel, int8PerTensor, dynamicMatmul } = read();
    const weights = Float32Array.from(int8PerChannel.weights.flat());
    const columns = int8PerChannel.weights[0]!.length;
    for (const { axis, scales, q } of int8PerChannel.cases) {
      const ours = quantiseInt8(weights, columns, axis);
      expect([...ours.q]).toEqual(q.flat());
      expect([...ours.scales]).toEqual([...Float32Array.from(scales)]);
    }
    const whole = quantiseInt8(weights, columns, null);
    expect([...whole.q]).toEqual(int8PerTensor.q.flat());
    expect(whole.scales[0]).toBe(Math.fround(int8PerTensor.scale));
    const { a, w, aQ, wQ } = dynamicMatmul;
    expect([...quantiseInt8(Float32Array.from(a.flat()), a[0]!.length, 0).q]).toEqual(aQ.flat());
    expect([...quantiseInt8(Float32Array.from(w.flat()), w[0]!.length, 1).q]).toEqual(wQ.flat());
  });

  it('dynamic uint8 of ONNX', () => {
    for (const { name, x, q, scale, zeroPoint } of read().dynamicUint8) {
      const ours = quantiseDynamicUint8(Float32Array.from(x));
      expect([...ours.q], name).toEqual(q);
      expect([ours.scale, ours.zeroPoint], name).toEqual([Math.fround(scale), zeroPoint]);
    }
  });

  it('nf4', () => {
    const { codebook, cases } = read().nf4;
    expect([...nf4Codebook]).toEqual([...Float32Array.from(codebook)]);
    for (const { name, x, absmax, packed, dequantized } of cases) {
      const ours = quantiseNf4(Float32Array.from(x));
      expect([...ours.packed], name).toEqual(packed);
      expect([...ours.absmax], name).toEqual([...Float32Array.from(absmax)]);
      expect([...dequantiseNf4(ours, x.length)], name).toEqual([...Float32Array.from(dequantized)]);
    }
  });

  it('double quantisation of nf4 scales', () => {
    const { absmax, offset, codebook, q, absmax2, absmaxBack } = read().nf4DoubleQuant;
    expect([...dynamicMap]).toEqual([...Float32Array.from(codebook)]);
    const ours = doubleQuantise(Float32Array.from(absmax));
    expect(ours.offset).toBe(Math.fround(offset));
    expect([...ours.codes]).toEqual(q);
    expect([...ours.absmax]).toEqual([...Float32Array.from(absmax2)]);
    expect([...doubleDequantise(ours)]).toEqual([...Float32Array.from(absmaxBack)]);
  });

  it('Q8_0 and Q4_0 of GGUF', () => {
    const { gguf } = read();
    for (const type of ['Q8_0', 'Q4_0'] as const) {
      const bytes = quantiseGguf(Float32Array.from(gguf.x), type);
      expect([...bytes], type).toEqual(gguf[type].bytes);
      expect([...dequantiseGguf(bytes, type)], type).toEqual([...Float32Array.from(gguf[type].dequantized)]);
    }
  });
});
