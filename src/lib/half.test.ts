import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromBf16, fromF16, packHalves, halfReader, toBf16, toF16 } from './half';
import { describeWithShared } from './testing/shared';

const formats = { f16: { to: toF16, from: fromF16, top: 0x7c00 }, bf16: { to: toBf16, from: fromBf16, top: 0x7f80 } };

describe.each(Object.entries(formats))('%s', (_, { to, from, top }) => {
  it('comes back from each of its 65,536 values', () => {
    for (let half = 0; half < 65536; half++) {
      const value = from(half);
      if (Number.isNaN(value)) expect(from(to(value))).toBeNaN();
      else if (to(value) !== half) expect.fail(`${half} came back as ${to(value)}`);
    }
  });

  it('rounds to the nearer neighbour and half way to the even one', () => {
    for (let half = 0; half < top - 1; half++) {
      const [low, high] = [from(half), from(half + 1)];
      const middle = (low + high) / 2;
      const odd = half & 1;
      if (to(middle) !== half + odd) expect.fail(`half way after ${half}`);
      const step = (high - low) / 8;
      if (to(middle - step) !== half || to(middle + step) !== half + 1) expect.fail(`beside half way after ${half}`);
      if (to(-middle) !== half + odd + 0x8000) expect.fail(`negative half way after ${half}`);
    }
  });

  it('packs two a word', () => {
    const read = halfReader(packHalves([1, -2, 0.5], _ === 'f16' ? 'f16' : 'bf16'), _ === 'f16' ? 'f16' : 'bf16');
    expect([read(0), read(1), read(2)]).toEqual([1, -2, 0.5]);
  });
});

describeWithShared('halves equal numpy and ml_dtypes', 'fixtures/quantization.json', (file) => {
  it('bit for bit', () => {
    const { float16, nan } = JSON.parse(readFileSync(file, 'utf8')) as {
      float16: { f32Bits: number; f16Bits: number; bf16Bits: number }[];
      nan: { f32Bits: number[] };
    };
    const valueOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;
    for (const { f32Bits, f16Bits, bf16Bits } of float16)
      expect([toF16(valueOf(f32Bits)), toBf16(valueOf(f32Bits))]).toEqual([f16Bits, bf16Bits]);
    for (const bits of nan.f32Bits)
      expect([fromF16(toF16(valueOf(bits))), fromBf16(toBf16(valueOf(bits)))]).toEqual([NaN, NaN]);
  });
});
