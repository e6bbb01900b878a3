// A whole training in WebAssembly: the same model as in plain JavaScript, bit for bit, also where the heap is used again.
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { resolveRecipe } from '../../lib/recipe';
import type { TaskData, TaskRows } from '../task';
import { groupLimits, type GroupLimits } from './job';
import { spec } from './spec';
import { prepareIntent } from './train';

const kernels = vi.hoisted(() => ({ native: false, asked: 0 }));
vi.mock('../../../workers/linear-module', () => ({
  linearModule: async () => {
    kernels.asked++;
    return kernels.native ? new WebAssembly.Module(readFileSync('.cache/wasm/linear.wasm')) : null;
  },
}));

const labels = ['one', 'two', 'three', 'four', 'five', 'six'];
const words = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta', 'iota'];

function rowsOf(count: number): TaskRows {
  const at = Array.from({ length: count }, (_, row) => row);
  return {
    rowIds: at.map(String),
    texts: at.map((row) => [row % 6, row % 7, (row * 5) % 9, (row >> 2) % 9].map((word) => words[word]).join(' ')),
    targets: at.map((row) => [row % 6]),
    weights: Float64Array.from(at, (row) => (row % 11 === 0 ? 2 : 1)),
  };
}
const data: TaskData = {
  labels,
  multiLabel: false,
  splits: { train: rowsOf(150), validation: rowsOf(0), test: rowsOf(0) },
};

async function weights(native: boolean, limits: GroupLimits, config: Record<string, unknown>) {
  kernels.native = native;
  const resolved = resolveRecipe(spec, { task: 'intent', dataset: 'd', config });
  const signal = new AbortController().signal;
  const trainer = await prepareIntent(
    { config: resolved.config, seed: 1, data, backend: 'cpu', signal, report: () => undefined },
    limits,
  );
  for (let step = 0; step < trainer.totalSteps; step++) await trainer.step(step);
  const { tensors, meta } = await trainer.weights();
  return { meta, tensors: Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, [...data]])) };
}

test.each([{}, { calibration: 'isotonic' }, { calibration: 'none' }])(
  'the same model in WebAssembly, all at once and in turns: %o',
  async (config) => {
    const plain = await weights(false, groupLimits, config);
    const asked = kernels.asked;
    expect(await weights(true, groupLimits, config)).toEqual(plain);
    expect(await weights(true, { bytes: 1, work: 1 }, config)).toEqual(plain);
    expect(kernels.asked).toBe(asked + 2);
  },
);
