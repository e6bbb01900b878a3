// Weights in fewer bits on every device that can start here: all 65,536 halves there and back, products with weights
// that were really quantised, and where the gradient of half weights goes. Shapes and gradients to x: suite.test.ts.
import { mul } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels } from '../../scripts/wasm-node.mjs';
import {
  bytesToWords,
  dequantiseNf4,
  doubleDequantise,
  doubleQuantise,
  dynamicMap,
  quantiseNf4,
} from '../../src/formats/nf4';
import { quantiseInt8 } from '../../src/formats/quantization';
import { fromHalf, packHalves, toHalf, type HalfFormat } from '../../src/lib/half';
import { openCpuDevice } from '../backends/cpu-device';
import type { Device } from '../backends/device';
import { startDawn } from '../backends/testing/dawn';
import { openWasmDevice } from '../backends/wasm-device';
import { openWebgpuDevice, type WebgpuDevice } from '../backends/webgpu-device';
import { call } from '../tape/call';
import { record, type Recorder } from '../tape/record';
import { attention } from './attention';
import { attentionVariants } from './attention.wgsl';
import { checkKernel } from './checks';
import { packHalf, unpackHalf } from './half';
import { halfMatmul } from './half-matmul';
import { int8Matmul } from './int8-matmul';
import { nf4Matmul } from './nf4-matmul';

const dawn = await startDawn();
const devices: [string, () => Promise<Device>][] = [
  ['cpu', () => Promise.resolve(openCpuDevice())],
  ['wasm, relaxed', () => openWasmDevice({ load: loadKernels, threads: 1, build: 'relaxed' })],
  ['wasm, plain SIMD', () => openWasmDevice({ load: loadKernels, threads: 1, build: 'simd' })],
];
if ('gpu' in dawn) devices.push(['webgpu', () => openWebgpuDevice({ gpu: dawn.gpu })]);
else it.skip(`webgpu: ${dawn.reason}`, () => undefined);

/** Writes the inputs, runs the plan once, reads the outputs as words of 32 bits. */
async function replay(
  device: Device,
  inputs: Record<string, Float32Array | Int32Array>,
  build: (r: Recorder) => void,
): Promise<Record<string, Float32Array>> {
  const plan = record(build);
  const session = device.session();
  const prepared = await session.prepare(plan);
  for (const [name, data] of Object.entries(inputs)) session.write(name, data);
  await prepared.run();
  const found: Record<string, Float32Array> = {};
  for (const name of Object.keys(plan.outputs)) found[name] = await session.output(prepared, name);
  session.dispose();
  return found;
}

/** Sines are as good as chance here, and the same each time. */
const numbers = (length: number, scale = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => scale * Math.sin(i * 12.9898 + 1) * Math.cos(i * 0.37));

/** x [m, k] times the transpose of w [n, k]. */
function product(x: Float32Array, w: Float32Array, m: number, n: number, k: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += x[Math.floor(at / n) * k + i]! * w[(at % n) * k + i]!;
    return sum;
  });
}

function expectNear(found: Float32Array, expected: readonly number[], what: string): void {
  const most = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  const worst = expected.reduce((top, value, i) => Math.max(top, Math.abs(value - found[i]!)), 0);
  expect(worst / most, what).toBeLessThan(2e-5);
}

describe.each(devices)('%s', (_, open) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.dispose());

  it.each(['f16', 'bf16'] as const)('unpacks and packs each %s', async (format: HalfFormat) => {
    const halves = Uint16Array.from({ length: 65536 }, (_each, i) => i).filter(
      (half) => !Number.isNaN(fromHalf[format](half)),
    );
    const words = new Int32Array(halves.buffer, 0, halves.length >> 1);
    const values = Float32Array.from(halves, (half) => fromHalf[format](half));
    // Numbers between the halves, so that packing has to round.
    const between = values.map((value, i) => (i % 3 ? value * (1 + (i % 7) * 2 ** -13) : value));
    const { unpacked, packed } = await replay(device, { words, between }, (r) => {
      const [floats] = call(unpackHalf, [r.input('words', [words.length], 'int32')], {
        format,
        shape: [values.length],
      });
      r.output('unpacked', floats!);
      const [again] = call(packHalf, [r.input('between', [between.length])], { format });
      // Read as floats through the format itself: words are no numbers to compare.
      r.output('packed', call(unpackHalf, [again!], { format, shape: [between.length] })[0]!);
    });
    let wrong = 0;
    values.forEach((value, i) => (wrong += Number(!Object.is(unpacked![i], value))));
    between.forEach((value, i) => (wrong += Number(!Object.is(packed![i], fromHalf[format](toHalf[format](value))))));
    expect(wrong).toBe(0);
  });

  it('multiplies by quantised weights as by what they stand for', async () => {
    const [m, n, k] = [5, 24, 96];
    const [x, w] = [numbers(m * k), numbers(n * k, 0.1)];
    const int8 = quantiseInt8(w, k);
    const nf4 = quantiseNf4(w);
    const scales = doubleQuantise(nf4.absmax);
    const input = (r: Recorder) => r.input('x', [m, k]);
    const words = (r: Recorder, data: Int32Array) => r.constant(data, [data.length]);
    const found = await replay(device, { x }, (r) => {
      const eight = [words(r, bytesToWords(int8.q)), r.constant(int8.scales)];
      r.output('int8', call(int8Matmul, [input(r), ...eight], { n, k, group: k, back: false })[0]!);
      const four = words(r, bytesToWords(nf4.packed));
      r.output(
        'nf4',
        call(nf4Matmul, [input(r), four, r.constant(nf4.absmax)], { n, k, double: false, back: false })[0]!,
      );
      const double = [
        ...[r.constant(scales.absmax), words(r, bytesToWords(scales.codes))],
        ...[r.constant(dynamicMap), r.constant(Float32Array.of(scales.offset))],
      ];
      r.output('double', call(nf4Matmul, [input(r), four, ...double], { n, k, double: true, back: false })[0]!);
    });
    const fromInt8 = Float32Array.from(int8.q, (q, i) => q * int8.scales[Math.floor(i / k)]!);
    expectNear(found['int8']!, product(x, fromInt8, m, n, k), 'int8');
    expectNear(found['nf4']!, product(x, dequantiseNf4(nf4, n * k), m, n, k), 'nf4');
    const coarse = dequantiseNf4({ packed: nf4.packed, absmax: doubleDequantise(scales) }, n * k);
    expectNear(found['double']!, product(x, coarse, m, n, k), 'nf4, double');
  });

  it('gives the gradient of half weights to the weights they were packed from', async () => {
    const [m, n, k] = [6, 5, 7];
    const [x, w, upstream] = [numbers(m * k), numbers(n * k), numbers(m * n, 2)];
    const found = await replay(device, { x, w, upstream }, (r) => {
      const weights = r.input('w', [n, k]);
      const [packed] = r.mutate(packHalf, [weights], { format: 'f16' });
      const [y] = call(halfMatmul, [r.input('x', [2, 3, k]), packed!, weights], { n, k, format: 'f16', back: false });
      r.output('y', y!);
      r.output('dw', r.gradients(mul(y!, r.input('upstream', [2, 3, n])), [weights])[0]!);
    });
    const rounded = Float32Array.from(w, (value) => fromHalf.f16(toHalf.f16(value)));
    expectNear(found['y']!, product(x, rounded, m, n, k), 'product');
    const turned = (data: Float32Array, rows: number, columns: number): Float32Array =>
      Float32Array.from(data, (_each, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
    expectNear(found['dw']!, product(turned(upstream, m, n), turned(x, m, k), n, k, m), 'gradient');
    expect(packHalves(w, 'f16').length).toBe(Math.ceil((n * k) / 2));
  });
});

if ('gpu' in dawn)
  it.each(attentionVariants.slice(1))('attention by the form "%s" is right', async (variant) => {
    const device: WebgpuDevice = await openWebgpuDevice({ gpu: dawn.gpu });
    const entries = ['short', 'long'].map((sizeClass) => ({ kernel: 'Attention', sizeClass, variant, tried: [] }));
    device.useTuning({ backend: 'webgpu', version: 1, at: 0, seconds: 0, entries });
    expect(await checkKernel(device, attention)).toMatchObject({ ok: true, where: '' });
    device.dispose();
  });
