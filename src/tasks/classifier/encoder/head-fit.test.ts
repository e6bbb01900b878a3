// The fitted head against scikit-learn's LogisticRegression(C=10, tol=1e-10) on numbers made by a formula, and the warm start.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadKernels } from '../../../../scripts/wasm-node.mjs';
import type { Device } from '../../../../workers/backends/device';
import { openWasmDevice } from '../../../../workers/backends/wasm-device';
import { HeadFit } from './head-fit';
import { makePairs } from './pairs';

let device: Device;
beforeAll(async () => {
  device = await openWasmDevice({ load: loadKernels, threads: 1 });
});
afterAll(() => device.dispose());

const [rows, dimensions] = [24, 4];
const vectors = Float32Array.from({ length: rows * dimensions }, (_, at) => {
  const [i, j] = [Math.floor(at / dimensions), at % dimensions];
  return Math.sin(1 + 3 * i + 1.7 * j + 0.3 * i * j);
});
const weights = Array.from({ length: rows }, (_, i): number => (i % 7 === 0 ? 2 : 1));
const total = weights.reduce((a, b) => a + b);
const shares = Float32Array.from(weights, (weight) => weight / total);
const close = (found: Float64Array, wanted: number[]): void =>
  wanted.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(2e-3));

it('equals scikit-learn, one label', async () => {
  const fit = new HeadFit(device, { vectors, dimensions, labels: 3, multiLabel: false });
  const targets = Int32Array.from({ length: rows }, (_, i) => (i * i + Math.floor(i / 5)) % 3);
  const start = new Float64Array(fit.words);
  const found = await fit.fit({ inputs: { targets, shares }, total, C: 10, start, iterations: 500 });
  expect(found.done).toBe(true);
  close(start, [
    ...[-0.04907, 0.14315, 0.04479, -0.24901, 1.27646, -0.62624, -0.08112, -0.82376],
    ...[-1.22739, 0.48309, 0.03633, 1.07277, 0.29141, -0.02853, -0.26288],
  ]);
  const again = await fit.fit({ inputs: { targets, shares }, total, C: 10, start, iterations: 500 });
  expect(again).toMatchObject({ done: true, iterations: 0 });
  targets[4] = (targets[4]! + 1) % 3;
  const options = { inputs: { targets, shares }, total, C: 10, iterations: 500 };
  const cold = new Float64Array(fit.words);
  await fit.fit({ ...options, start: cold });
  const warm = await fit.fit({ ...options, start, warm: true });
  expect(warm.done).toBe(true);
  close(start, [...cold]);
  fit.dispose();
});

it('equals one scikit-learn regression a label, several labels', async () => {
  const fit = new HeadFit(device, { vectors, dimensions, labels: 2, multiLabel: true });
  const targets = Float32Array.from({ length: rows * 2 }, (_, at) => {
    const i = Math.floor(at / 2);
    return at % 2 === 0 ? (i + 1) % 2 : Math.floor(i / 3) % 2;
  });
  const start = new Float64Array(fit.words);
  const posWeight = Float32Array.of(1, 1);
  await fit.fit({ inputs: { targets, shares, posWeight }, total, C: 10, start, iterations: 500 });
  close(start, [0.15059, -3.75439, -0.46067, -0.12977, 0.26337, 0.5254, 0.25628, -0.05137, 0.07435, -0.13644]);
  fit.dispose();
});

it('makes pairs of both kinds, the same for a seed', () => {
  const targets = Array.from({ length: 60 }, (_, i) => [i % 3]);
  const settings = { seed: 5, perClass: 8, pairsPerExample: 6 };
  const pairs = makePairs({ targets }, 3, settings);
  expect(pairs.alike).toHaveLength(3 * 8 * 6);
  pairs.alike.forEach((alike, i) => {
    const [a, b] = [pairs.first[i]!, pairs.second[i]!];
    expect(a).not.toBe(b);
    expect(alike === 1).toBe(targets[a]![0] === targets[b]![0]);
  });
  expect(new Set(pairs.first).size).toBe(24);
  expect(makePairs({ targets }, 3, settings)).toEqual(pairs);
  expect(makePairs({ targets }, 3, { ...settings, seed: 6 })).not.toEqual(pairs);
});
