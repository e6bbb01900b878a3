// The map worker's answers on stored rows: a map with vectors asked of the caller, near rows, lengths in tokens, layers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels, startThread } from '../../scripts/wasm-node.mjs';
import type { Base } from '../../src/contract/bases';
import type { EmbedTexts } from '../../src/contract/map';
import type { Dataset } from '../../src/contract/records';
import { loadBase } from '../bases/load-base';
import { asFiles, tinyFolder } from '../bases/testing/tiny-folder';
import { openWasmDevice } from '../backends/wasm-device';
import { Parameters } from '../ml/parameters';
import { taskTable } from '../task-table';
import { storeRows } from '../testing/stored-rows';
import { createTrainApi } from '../train-api';
import { createMapApi } from './map-api';

const silent = (): void => undefined;
const api = createMapApi(() => Promise.reject(new Error('no starter in this test')));
const trainer = createTrainApi({
  tasks: taskTable([], []),
  openWasm: () => openWasmDevice({ load: loadKernels, startThread, threads: 2 }),
  build: 'test',
});
const words = ['lorem', 'ipsum', 'dolor', 'do'];
const rows = Array.from({ length: 140 }, (_, i): [string, string] => [
  `${words[i % 4]!} ${i < 40 ? 'a' : 'a b c d e f g h'}`,
  words[i % 4]!,
]);
let dataset: Dataset;
let base: Base;

/** Four directions, one for each first word, a little turned by the row's length. */
let asked = 0;
const embed: EmbedTexts = (texts) => {
  asked += texts.length;
  const values = new Float32Array(texts.length * 4);
  texts.forEach((text, i) => {
    values[i * 4 + words.indexOf(text.split(' ')[0] ?? '')] = 2;
    values[i * 4 + 3] = (values[i * 4 + 3] ?? 0) + text.length / 50;
  });
  return Promise.resolve({ values, dimensions: 4 });
};

beforeAll(async () => {
  ({ dataset } = await storeRows(
    'intent',
    rows.map(([text, label]) => ({ text, labels: [label] })),
  ));
  base = await trainer.addBase('add', asFiles(tinyFolder()), silent);
});
afterAll(() => trainer.unload(base.id));

describe('a map of stored rows', () => {
  it('comes as a first picture and then laid out, once for the same key', async () => {
    const pictures: string[] = [];
    const phases = new Set<string>();
    const build = () =>
      api.build(
        'one',
        dataset.id,
        'k',
        embed,
        ({ phase }) => phases.add(phase),
        ({ method }) => pictures.push(method),
      );
    const map = await build();
    expect(pictures).toEqual(['pca']);
    expect(map).toMatchObject({ method: 'umap', rows: 140, laidOut: 140, dimensions: 4 });
    expect(map.positions).toHaveLength(280);
    expect([...phases]).toEqual(expect.arrayContaining(['embedding', 'comparing', 'laying out']));
    expect(asked).toBe(140);
    expect((await build()).positions).toEqual(map.positions);
    expect(asked).toBe(140);
    const facts = await api.rows(dataset.id);
    expect(facts.rowIds).toHaveLength(140);
    expect(facts.labels[facts.label[1]!]).toBe('ipsum');
  });
  it('is called off within a breath and can be asked again', async () => {
    const stopping: EmbedTexts = async (texts) => {
      await api.cancel('two');
      return embed(texts);
    };
    await expect(api.build('two', dataset.id, 'other', stopping, silent, silent)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await api.has(dataset.id, 'other')).toBe(false);
    await api.build('two', dataset.id, 'other', embed, silent, silent);
    expect(await api.has(dataset.id, 'other')).toBe(true);
  });
  it('finds the nearest rows with their labels, nearest first', async () => {
    const found = await api.nearest(dataset.id, 'k', Float32Array.from([0, 3, 0, 0.4]), 5);
    expect(found).toHaveLength(5);
    for (const { place } of found) expect(rows[place]![1]).toBe('ipsum');
    const similarities = found.map(({ similarity }) => similarity);
    expect(similarities).toEqual(similarities.toSorted((a, b) => b - a));
    await expect(api.nearest(dataset.id, 'none', new Float32Array(4), 5)).rejects.toMatchObject({
      name: 'NotFoundError',
    });
    await expect(api.nearest(dataset.id, 'k', new Float32Array(3), 5)).rejects.toMatchObject({ name: 'DatasetError' });
  });
});

describe('texts in tokens', () => {
  it('are counted as the base’s own tokenizer does, uncut', async () => {
    const { lengths, special, maxLength } = await api.tokenLengths('t', dataset.id, base.id, silent);
    const { encoder } = await loadBase(base.id);
    const { offsets } = encoder.tokenize(rows.map(([text]) => text));
    expect([...lengths]).toEqual(rows.map((_, i) => offsets[i + 1]! - offsets[i]!));
    expect(special).toBe(2);
    expect(maxLength).toBe(base.shape.maxLength);
    const scratch = await api.tokenLengths('t', dataset.id, 'scratch', silent);
    expect(scratch.lengths[0]).toBe(2);
  });
  it('say which part of a text is read under a limit', async () => {
    const [cut] = await api.cutTexts(dataset.id, base.id, [41], 6);
    expect(cut).toMatchObject({ place: 41, text: rows[41]![0], from: 0 });
    const { encoder } = await loadBase(base.id);
    const count = (text: string): number => encoder.tokenize([text]).ids.length;
    expect(count(cut!.text.slice(0, cut!.to))).toBeLessThanOrEqual(6);
    expect(count(cut!.text.slice(0, cut!.to + 2))).toBeGreaterThan(6);
    const [whole] = await api.cutTexts(dataset.id, base.id, [0], 40);
    expect(whole).toMatchObject({ from: 0, to: rows[0]![0].length });
  });
});

describe('layers of a base', () => {
  it('hold together every parameter that its encoder declares', async () => {
    const { layers, hidden } = await api.layers(base.id);
    expect(layers.map(({ kind }) => kind)).toEqual(['embeddings', 'block', 'block']);
    expect(hidden).toBe(8);
    const { encoder } = await loadBase(base.id);
    const tensors = Object.values(encoder.declare(new Parameters()).weights());
    const all = tensors.reduce((sum, { data }) => sum + data.length, 0);
    expect(layers.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(all);
    expect(layers[1]!.linears.map(({ name }) => name.split('.').at(-1))).toEqual(
      expect.arrayContaining(['query', 'key', 'value', 'dense']),
    );
  });
  it('are not known of what is gone', async () => {
    await expect(api.layers('base-none')).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});
