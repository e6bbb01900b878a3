// Steps of the embedding task on their own: resumed ones are the uninterrupted ones bit for bit, and a step in parts has the
// gradient of the whole batch.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels, startThread } from '../../../scripts/wasm-node.mjs';
import { openCpuDevice } from '../../../workers/backends/cpu-device';
import type { Device } from '../../../workers/backends/device';
import { openWasmDevice } from '../../../workers/backends/wasm-device';
import { addBase } from '../../../workers/bases/add-base';
import { folderFiles } from '../../../workers/bases/folder-files';
import { useStarterFiles } from '../../../workers/bases/starter';
import { starterFrom, staticFolder } from '../../../workers/bases/testing/static-folder';
import { asFiles, tinyFolder } from '../../../workers/bases/testing/tiny-folder';
import { sameBits } from '../../../workers/ml/testing/devices';
import { weightHash } from '../../../workers/weight-hash';
import { resolveRecipe } from '../../lib/recipe';
import { emptyRows, type EmbeddingData, type EmbeddingRows } from './data';
import { spec } from './spec';
import { training } from './train';
import type { EmbeddingTrainer } from './trainer';

const devices = new Map<string, Device>();
let tiny = '';
beforeAll(async () => {
  devices.set('cpu', openCpuDevice());
  devices.set('wasm', await openWasmDevice({ load: loadKernels, startThread, threads: 2 }));
  useStarterFiles(starterFrom(staticFolder(8)));
  const folder = await folderFiles(asFiles(tinyFolder(), 'tiny/'));
  tiny = (
    await addBase({
      ...folder,
      source: { from: 'folder' },
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })
  ).id;
});
afterAll(() => {
  for (const device of devices.values()) device.dispose();
});

const letters = 'abcdefghijklmnopqrstuvw';
const word = (i: number, length = 3): string =>
  Array.from({ length }, (_, k) => letters[(i * (k + 3) + 5 * k) % 23]).join(' ');
function rowsOf(count: number, make: (i: number) => Partial<EmbeddingRows>): EmbeddingRows {
  const rows = Array.from({ length: count }, (_, i) => make(i));
  const all = (name: 'first' | 'second' | 'third'): string[] => rows.flatMap((row) => row[name] ?? []);
  return {
    rowIds: rows.map((_, i) => `r.${i}`),
    ...{ first: all('first'), second: all('second'), third: all('third') },
    values: Float64Array.from(rows.flatMap((row) => [...(row.values ?? [])])),
  };
}
const dataOf = (form: EmbeddingData['form'], train: EmbeddingRows): EmbeddingData => ({
  ...{ form, labels: form === 'labelled' ? ['one', 'two', 'three'] : [], scores: null },
  splits: { train, validation: emptyRows(), test: emptyRows() },
});
const data: Record<string, EmbeddingData> = {
  'scored-pairs': dataOf(
    'scored-pairs',
    rowsOf(22, (i) => ({ first: [word(i)], second: [word(i + 40)], values: Float64Array.of((i % 5) / 4) })),
  ),
  triplets: dataOf(
    'triplets',
    rowsOf(22, (i) => ({ first: [word(i)], second: [word(i + 40, 2 + (i % 4))], third: [i % 6 ? word(i + 90) : ''] })),
  ),
  labelled: dataOf(
    'labelled',
    rowsOf(23, (i) => ({ first: [word(i, 2 + (i % 3))], values: Float64Array.of(i % 3) })),
  ),
};

function trainer(device: string, form: string, config: Record<string, unknown>, seed = 1): Promise<EmbeddingTrainer> {
  const resolved = resolveRecipe(spec, { config: { epochs: 3, batchSize: 6, learningRate: 0.01, ...config } });
  if (resolved.problems.length > 0) throw new Error(resolved.problems.map(({ message }) => message).join('; '));
  const own = devices.get(device)!;
  return training.prepare({
    ...{ config: resolved.config, seed, data: data[form]!, backend: own.backend, device: own },
    ...{ signal: new AbortController().signal, report: () => undefined },
  });
}

const variants: [string, string, Record<string, unknown>, boolean?][] = [
  ['CoSENT', 'scored-pairs', {}],
  ['multiple negatives in parts', 'triplets', { gradientAccumulation: 2, dimensions: [4] }],
  ['semi-hard triplets', 'labelled', { loss: 'triplet' }],
  ['online hard pairs', 'labelled', { loss: 'contrastive', mining: 'hard' }],
  ['SimCSE', 'labelled', { loss: 'simcse' }],
  ['a transformer with dropout, in parts', 'triplets', { gradientAccumulation: 2, dropout: 0.2 }, true],
  ['a transformer with LoRA and slower lower layers', 'scored-pairs', { layerDecay: 0.8, freezeLayers: 1 }, true],
];

describe.each(['cpu', 'wasm'])('on %s', (device) => {
  it.each(variants)('%s resumes bit for bit from any step', async (_, form, more, onTransformer = false) => {
    const config = { ...more, ...(onTransformer ? { base: tiny, epochs: 2 } : {}) };
    const whole = await trainer(device, form, config);
    const half = Math.floor(whole.totalSteps / 2);
    const losses: number[] = [];
    for (let step = 0; step < whole.totalSteps; step++) losses.push((await whole.step(step))['loss']!);
    const before = await trainer(device, form, config);
    for (let step = 0; step < half; step++) await before.step(step);
    const state = structuredClone(await before.state());
    const after = await trainer(device, form, config);
    await after.restore(state, half);
    for (let step = half; step < after.totalSteps; step++) expect((await after.step(step))['loss']).toBe(losses[step]);
    const [one, two] = [await whole.weights(), await after.weights()];
    for (const [name, { data: values }] of Object.entries(one.tensors))
      expect(sameBits(values, two.tensors[name]!.data), name).toBe(true);
    expect(await weightHash(one.tensors)).toBe(await weightHash(two.tensors));
    for (const made of [whole, before, after]) made.dispose();
  });

  it.each([
    ['the starter', {}],
    ['a transformer', { dropout: 0 }],
  ])('parts with cached gradients change %s as the whole batch does', async (name, more) => {
    const base = name === 'the starter' ? {} : { base: tiny };
    const at = async (parts: number): Promise<Float32Array[]> => {
      const made = await trainer(device, 'triplets', {
        ...{ ...more, ...base, batchSize: 12 / parts, gradientAccumulation: parts, warmupSteps: 0, maxGradNorm: 0 },
      });
      const { loss } = await made.step(0);
      expect(loss).toBeGreaterThan(0);
      const state = await made.state();
      made.dispose();
      // What the optimizer remembers after one step says what the gradients were.
      return Object.entries(state)
        .filter(([key]) => !key.startsWith('weights/') && key !== 'scaler')
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, tensor]) => Float32Array.from(tensor.data));
    };
    const whole = await at(1);
    for (const parts of [2, 3, 6]) {
      const cut = await at(parts);
      expect(cut.length).toBe(whole.length);
      cut.forEach((values, k) => {
        const largest = whole[k]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - whole[k]![i]!)), 0);
        expect(worst).toBeLessThanOrEqual(1e-4 * largest);
      });
    }
  });
});
