// Attention and rotary positions against numbers of PyTorch and transformers, on every device that can start here, and
// what attention's memory does when the text gets longer. Shapes and gradients: suite.test.ts.
import { readFileSync } from 'node:fs';
import { mul, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../scripts/wasm-node.mjs';
import { describeWithShared } from '../../src/lib/testing/shared';
import { openCpuDevice } from '../backends/cpu-device';
import type { Device } from '../backends/device';
import { startDawn } from '../backends/testing/dawn';
import { openWasmDevice } from '../backends/wasm-device';
import { openWebgpuDevice } from '../backends/webgpu-device';
import { ropeFrequencies, ropeTables, type RopeParameters } from '../ml/rope-frequencies';
import { call } from '../tape/call';
import { record, type Recorder } from '../tape/record';
import { attention } from './attention';
import { attentionAttrs, type AttentionAttrs } from './attention-shape';
import { rope } from './rope';

type Rows = number[][][][];
interface AttentionFixture {
  name: string;
  heads: number;
  kvHeads: number;
  options: { scale?: number; cap?: number };
  bias: Rows | null;
  q: Rows;
  k: Rows;
  v: Rows;
  allow: Rows;
  upstream: Rows;
  out: Rows;
  dq: Rows;
  dk: Rows;
  dv: Rows;
}
interface RopeFixture {
  name: string;
  headDim: number;
  parameters: RopeParameters;
  maxPositionEmbeddings: number;
  positions: number[];
  invFreq: number[];
  attentionScaling: number;
  cos: number[][];
  sin: number[][];
  x: Rows;
  out: Rows;
  upstream: Rows;
  dx: Rows;
}

const dawn = await startDawn();
const devices: [string, () => Promise<Device>][] = [
  ['cpu', () => Promise.resolve(openCpuDevice())],
  ['wasm, relaxed', () => openWasmDevice({ load: loadKernels, threads: 1, build: 'relaxed' })],
  ['wasm, plain SIMD', () => openWasmDevice({ load: loadKernels, threads: 1, build: 'simd' })],
  ...('gpu' in dawn
    ? [['webgpu', () => openWebgpuDevice({ gpu: dawn.gpu })] satisfies [string, () => Promise<Device>]]
    : []),
];
if (!('gpu' in dawn)) it.skip(`webgpu: ${dawn.reason}`, () => undefined);

/** [batch, heads, time, dim] → numbers of [batch, time, heads x dim]. */
function byTime(rows: Rows): { shape: number[]; data: Float32Array } {
  const [batch, heads, time, dim] = [rows.length, rows[0]!.length, rows[0]![0]!.length, rows[0]![0]![0]!.length];
  const data = rows.flatMap((row) => Array.from({ length: time }, (_, t) => row.flatMap((head) => head[t]!)).flat());
  return { shape: [batch, time, heads * dim], data: Float32Array.from(data) };
}

/** What `build` records, run once on a device: its outputs by name. */
async function runOn(
  device: Device,
  inputs: Record<string, Float32Array | Int32Array>,
  build: (r: Recorder) => Record<string, Tensor>,
): Promise<Record<string, number[]>> {
  const plan = record((r) => Object.entries(build(r)).forEach(([name, tensor]) => r.output(name, tensor)));
  const session = device.session();
  const prepared = await session.prepare(plan);
  for (const [name, data] of Object.entries(inputs)) session.write(name, data);
  await prepared.run();
  const found: Record<string, number[]> = {};
  for (const name of Object.keys(plan.outputs)) found[name] = [...(await session.output(prepared, name))];
  session.dispose();
  return found;
}

function expectNear(found: readonly number[], expected: ArrayLike<number>, tolerance: number, what: string): void {
  const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(found.length, what).toBe(expected.length);
  expect(worst, what).toBeLessThanOrEqual(tolerance);
}

/** What each query may see, as [first, end) of its row of the mask. */
function rangesOf(allow: Rows): Int32Array {
  return Int32Array.from(
    allow.flatMap(([rows]) =>
      rows!.flatMap((row) => {
        const seen = row.map((value, key) => (value ? key : -1)).filter((key) => key >= 0);
        return seen.length ? [seen[0]!, seen.at(-1)! + 1] : [0, 0];
      }),
    ),
  );
}

/** The settings by which a model would hide the same keys, where they need no mask of their own. */
function settingsOf({ name, allow }: AttentionFixture): Partial<AttentionAttrs> | null {
  if (/left-padding|right-padding|^padding|packed/.test(name)) return null;
  const rows = allow[0]![0]!;
  const causal = rows.some((row) => row.includes(0)) || name.startsWith('kv-cache');
  return { causal, window: name === 'sliding-window-3' ? 3 : 0 };
}

describeWithShared('attention equals PyTorch', 'fixtures/attention.json', (file) => {
  const { attention: fixtures } = JSON.parse(readFileSync(file, 'utf8')) as { attention: AttentionFixture[] };
  it.each(devices)('on %s', async (_, open) => {
    const device = await open();
    for (const fixture of fixtures) {
      const { heads, kvHeads, options, bias, allow } = fixture;
      const [q, k, v, upstream] = [fixture.q, fixture.k, fixture.v, fixture.upstream].map(byTime);
      const ranges = rangesOf(allow);
      const headDim = fixture.q[0]![0]![0]!.length;
      const own = settingsOf(fixture);
      for (const hidden of [{ ranges: true }, ...(own ? [own] : [])]) {
        const attrs = attentionAttrs({ heads, kvHeads, headDim, bias: !!bias, ...options, ...hidden });
        const found = await runOn(
          device,
          {
            ...{ q: q!.data, k: k!.data, v: v!.data, upstream: upstream!.data },
            ...(attrs.ranges ? { ranges } : {}),
            ...(bias ? { bias: Float32Array.from(bias.flat(3)) } : {}),
          },
          (r) => {
            const inputs = [r.input('q', q!.shape), r.input('k', k!.shape), r.input('v', v!.shape)];
            const [batch, queries] = q!.shape;
            const [out] = call(
              attention,
              [
                ...inputs,
                ...(attrs.ranges ? [r.input('ranges', [batch!, queries!, 2], 'int32')] : []),
                ...(bias ? [r.input('bias', [bias.length, heads, queries!, k!.shape[1]!])] : []),
              ],
              attrs,
            );
            const [dq, dk, dv] = r.gradients(mul(out!, r.input('upstream', upstream!.shape)), inputs);
            return { out: out!, dq: dq!, dk: dk!, dv: dv! };
          },
        );
        for (const name of ['out', 'dq', 'dk', 'dv'] as const)
          expectNear(found[name]!, byTime(fixture[name]).data, 1e-5, `${fixture.name}, ${name}`);
      }
    }
    device.dispose();
  });
});

describeWithShared('rotary positions equal transformers', 'fixtures/attention.json', (file) => {
  const { rope: fixtures } = JSON.parse(readFileSync(file, 'utf8')) as { rope: RopeFixture[] };
  const tablesOf = ({ parameters, headDim, maxPositionEmbeddings, positions }: RopeFixture) => {
    const count = Math.max(...positions) + 1;
    const frequencies = ropeFrequencies(parameters, headDim, maxPositionEmbeddings, count);
    return { count, frequencies, ...ropeTables(frequencies, count) };
  };

  it.each(fixtures.map((each) => [each.name, each] as const))('%s: frequencies and tables', (_, fixture) => {
    const { frequencies, cos, sin } = tablesOf(fixture);
    const half = fixture.headDim / 2;
    fixture.invFreq.forEach((value, i) => expect(Math.abs(frequencies.frequencies[i]! / value - 1)).toBeLessThan(2e-7));
    expect(frequencies.attentionScaling).toBeCloseTo(fixture.attentionScaling, 12);
    fixture.positions.forEach((position, row) => {
      for (let i = 0; i < half; i++) {
        expect(Math.abs(cos[position * half + i]! - fixture.cos[row]![i]!)).toBeLessThanOrEqual(2e-6);
        expect(Math.abs(sin[position * half + i]! - fixture.sin[row]![i]!)).toBeLessThanOrEqual(2e-6);
      }
    });
  });

  it.each(devices)('on %s', async (_, open) => {
    const device = await open();
    for (const fixture of fixtures) {
      const { count, cos, sin } = tablesOf(fixture);
      const [x, upstream] = [byTime(fixture.x), byTime(fixture.upstream)];
      const { headDim, positions } = fixture;
      const attrs = { heads: fixture.x[0]!.length, headDim, turned: headDim, inverse: false };
      const found = await runOn(
        device,
        { x: x.data, upstream: upstream.data, cos, sin, positions: Int32Array.from(positions) },
        (r) => {
          const input = r.input('x', x.shape);
          const tables = [r.input('cos', [count, headDim / 2]), r.input('sin', [count, headDim / 2])];
          const [out] = call(rope, [input, ...tables, r.input('positions', [1, positions.length], 'int32')], attrs);
          const [dx] = r.gradients(mul(out!, r.input('upstream', upstream.shape)), [input]);
          return { out: out!, dx: dx! };
        },
      );
      expectNear(found['out']!, byTime(fixture.out).data, 2e-6, `${fixture.name}, out`);
      expectNear(found['dx']!, byTime(fixture.dx).data, 2e-6, `${fixture.name}, dx`);
    }
    device.dispose();
  });
});

describe('memory', () => {
  it('grows with the length of the text, not with its square', async () => {
    const device = await openWasmDevice({ load: loadKernels, threads: 1, build: 'simd' });
    const bytesAt = async (time: number): Promise<number> => {
      const attrs = attentionAttrs({ heads: 12, headDim: 32, packed: true });
      const plan = record((r) => {
        const qkv = r.input('qkv', [1, time, 3 * 384]);
        const [out] = call(attention, [qkv], attrs);
        r.output('gradient', r.gradients(mul(out!, out!), [qkv])[0]!);
      });
      const session = device.session();
      const { temporaryBytes } = await session.prepare(plan);
      session.dispose();
      return temporaryBytes;
    };
    const [short, long] = [await bytesAt(1024), await bytesAt(2048)];
    expect(long).toBeLessThan(2.1 * short);
    // The scores alone would be 12 x 2048 x 2048 floats: 201 MB.
    expect(long).toBeLessThan(50e6);
    device.dispose();
  });
});
