// Bases through the worker's own api: added, stored in blocks, asked for vectors, compared with a reference, refused.
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadKernels, startThread } from '../../scripts/wasm-node.mjs';
import { writeSafetensors } from '../../src/formats/safetensors';
import { describeWithShared } from '../../src/lib/testing/shared';
import {
  getBase,
  idsWithoutRecord,
  listBases,
  markBase,
  purgeCutAddition,
  purgeHiddenBases,
  putBaseBlock,
} from '../../src/storage/bases';
import { openWasmDevice } from '../backends/wasm-device';
import { taskTable } from '../task-table';
import { createTrainApi } from '../train-api';
import { quantiseRows } from '../ml/encoder/static-encoder';
import { bertTokenizer, bertVocabulary } from '../ml/tokenizer/testing/bert-tokenizer';
import { clearCutAdditions } from './add-base';
import { identityOf, loadBase } from './load-base';
import { useStarterFiles } from './starter';
import { storedFiles } from './stored-files';
import { filesOfFolder } from './testing/disk-folder';
import { asFiles, editJson, tinyFolder, tinyTensors } from './testing/tiny-folder';
import { Parameters } from '../ml/parameters';

const api = createTrainApi({
  tasks: taskTable([], []),
  openWasm: () => openWasmDevice({ load: loadKernels, startThread, threads: 2 }),
  build: 'test',
});
const silent = (): void => undefined;
const add = (files: File[]) => api.addBase(`job-${Math.floor(performance.now() * 1e3)}`, files, silent);

describe('a base', () => {
  it('is stored with a hash for each file, and read from the store number by number', async () => {
    const progress: number[] = [];
    const base = await api.addBase('one', asFiles(tinyFolder(), 'tiny model/'), ({ bytes }) => progress.push(bytes));
    expect(base).toMatchObject({
      name: 'tiny model',
      kind: 'transformer',
      architecture: 'bert',
      source: { from: 'folder' },
    });
    expect(base.id).toMatch(/^base-/);
    expect(progress.at(-1)).toBe(base.bytes);
    expect(base.bytes).toBe(base.files.reduce((sum, { bytes }) => sum + bytes, 0));
    const weights = tinyFolder().get('model.safetensors') as Uint8Array<ArrayBuffer>;
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', weights)).toString('hex');
    expect(base.files.find(({ name }) => name === 'model.safetensors')).toEqual({
      ...{ name: 'model.safetensors', bytes: weights.length, sha256: digest },
    });
    expect(await getBase(base.id)).toEqual(base);
    const { encoder } = await loadBase(base.id);
    const read = encoder.declare(new Parameters()).exported({});
    for (const [name, { data }] of Object.entries(read)) expect(data).toEqual(tinyTensors()[name]!.data);
    expect(await identityOf(base.id)).toEqual({ id: base.id, name: 'tiny model', hash: base.hash });
  });

  it('that was added before is given as it is, and leaves no blocks behind', async () => {
    const first = await add(asFiles(tinyFolder(undefined, 2)));
    const again = await add(asFiles(tinyFolder(undefined, 2), 'other name/'));
    expect(again).toEqual(first);
    expect(await idsWithoutRecord()).toEqual([]);
    const other = await add(asFiles(tinyFolder(undefined, 3)));
    expect(other.hash).not.toBe(first.hash);
  });

  it('is read in slices across its blocks', async () => {
    const base = await add(asFiles(tinyFolder()));
    const weights = tinyFolder().get('model.safetensors') as Uint8Array<ArrayBuffer>;
    const file = storedFiles(base).find((one) => one.path === 'model.safetensors')!;
    for (const [start, end] of [
      [0, 8],
      [5, 5],
      [100, 2000],
      [0, weights.length],
    ] as const)
      expect(await file.slice(start, end)).toEqual(weights.slice(start, end));
  });

  it('gives vectors, alike however texts are put together, in one piece of memory', async () => {
    const base = await add(asFiles(tinyFolder()));
    const texts = ['lorem ipsum', 'a', '', 'dolor é a b c d e f g', '東京 ?'];
    const { values, dimensions } = await api.embed(base.id, texts, 'wasm');
    expect(dimensions).toBe(8);
    expect(values).toHaveLength(5 * 8);
    for (const [i, text] of texts.entries()) {
      const alone = (await api.embed(base.id, [text], 'wasm')).values;
      alone.forEach((value, d) => expect(value).toBeCloseTo(values[i * 8 + d]!, 5));
    }
    const none = await api.embed(base.id, [], 'wasm');
    expect(none.values).toHaveLength(0);
  });

  it('that is refused leaves nothing behind', async () => {
    const before = await listBases();
    const files = asFiles(editJson(tinyFolder(), 'config.json', (config) => (config['hidden_size'] = 16)));
    await expect(add(files)).rejects.toMatchObject({ name: 'FormatError' });
    const cancelled = api.addBase('two', asFiles(tinyFolder(undefined, 9)), () => void api.cancel('two'));
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    expect(await listBases()).toEqual(before);
    expect(await idsWithoutRecord()).toEqual([]);
  });

  it('that is gone is told by its name', async () => {
    const base = await add(asFiles(tinyFolder(undefined, 4)));
    await loadBase(base.id);
    await markBase(base.id, 1);
    await expect(loadBase(base.id, base.name)).rejects.toMatchObject({
      name: 'NotFoundError',
      message: expect.stringContaining(base.name) as string,
    });
    await markBase(base.id, null);
    expect((await loadBase(base.id)).base).toEqual(base);
  });

  it('that is dropped at once in two tabs is one base; after it was removed, it is the same one again', async () => {
    const folder = () => asFiles(tinyFolder(undefined, 5));
    const [one, other] = await Promise.all([
      api.addBase('tab-1', folder(), silent),
      api.addBase('tab-2', folder(), silent),
    ]);
    expect(other.id).toBe(one.id);
    await markBase(one.id, Date.now());
    const again = await add(folder());
    expect(again).toEqual(one);
    expect((await listBases()).filter(({ hash }) => hash === one.hash)).toEqual([one]);
    expect(await idsWithoutRecord()).toEqual([]);
    expect((await loadBase(one.id)).base).toEqual(one);
  });

  it('is cleared as a cut or removed one only while it is one', async () => {
    const base = await add(asFiles(tinyFolder(undefined, 6)));
    await purgeCutAddition(base.id);
    expect(await getBase(base.id)).toEqual(base);
    const [first, second] = [base, await add(asFiles(tinyFolder(undefined, 7)))];
    await markBase(first.id, 1);
    await markBase(second.id, 1);
    // Taken back while the purge is at the other one: whichever comes first, no half of it is left.
    const purged = purgeHiddenBases(1);
    const back = await Promise.allSettled([markBase(first.id, null), markBase(second.id, null)]);
    await purged;
    const left = new Set((await listBases()).map(({ id }) => id));
    [first, second].forEach(({ id }, i) => expect(left.has(id)).toBe(back[i]?.status === 'fulfilled'));
    for (const { id } of [first, second]) if (left.has(id)) expect((await loadBase(id)).base.id).toBe(id);
  });

  it('whose addition was cut leaves blocks that are cleared', async () => {
    await putBaseBlock({ baseId: 'base-cut', name: 'model.safetensors', block: 0, bytes: Uint8Array.of(1) });
    expect(await idsWithoutRecord()).toEqual(['base-cut']);
    await clearCutAdditions();
    expect(await idsWithoutRecord()).toEqual([]);
  });
});

describe('the starter', () => {
  const rows = Float32Array.from({ length: bertVocabulary.length * 4 }, (_, i) => Math.sin(i));
  const folder = (): Map<string, Uint8Array<ArrayBuffer>> => {
    const { tokenizer, config } = bertTokenizer();
    const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const table = quantiseRows(rows, 4);
    const bytes = writeStatic(table.rows, table.scales);
    const settings = {
      model_type: 'trainyard-static',
      hidden_size: 4,
      vocab_size: bertVocabulary.length,
      max_length: 64,
    };
    return new Map([
      ['config.json', text(settings)],
      ['tokenizer.json', text(tokenizer)],
      ['tokenizer_config.json', text(config)],
      ['model.safetensors', bytes],
    ]);
  };
  afterEach(() => useStarterFiles(() => Promise.reject(new Error('not there'))));

  it('is a base like the others, and may be dropped as a folder, too', async () => {
    const files = folder();
    useStarterFiles((name) => Promise.resolve(files.get(name)!.slice()));
    const starter = await api.starter();
    expect(starter).toMatchObject({ id: 'starter', kind: 'static', source: { from: 'app' }, shape: { hidden: 4 } });
    const { values } = await api.embed('starter', ['a b', ' a  b ', ''], 'auto');
    expect(values.slice(0, 4)).toEqual(values.slice(4, 8));
    expect(Math.hypot(...values.slice(0, 4))).toBeCloseTo(1, 5);
    const dropped = await add(asFiles(new Map(files)));
    expect(dropped).toMatchObject({ kind: 'static', hash: starter.hash });
    expect((await api.embed(dropped.id, ['a b'])).values).toEqual(values.slice(0, 4));
  });
});

function writeStatic(rows: Int8Array, scales: Float32Array): Uint8Array<ArrayBuffer> {
  // The studio's writer knows no 8-bit numbers with a sign: the same bytes under another type, then renamed.
  const file = writeSafetensors({
    'embedding.scale': { shape: [scales.length], dtype: 'float32', data: scales },
    'embedding.weight': {
      shape: [scales.length, rows.length / scales.length],
      dtype: 'uint8',
      data: new Uint8Array(rows.buffer),
    },
  });
  const text = new TextDecoder('latin1').decode(file).replace('"U8"', '"I8"');
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

describeWithShared('a recorded reference', 'models/tiny-bert/expected.json', (file) => {
  it('is met by the base of its folder, and not by a spoiled one', async () => {
    const all = filesOfFolder(path.dirname(file));
    const isReference = ({ name }: File): boolean => /^(expected|outputs|grads)\./.test(name);
    const base = await add(all.filter((one) => !isReference(one)));
    expect(base).toMatchObject({ architecture: 'bert', labels: ['alpha', 'beta', 'gamma', 'delta', 'epsilon'] });
    const checks = await api.checkBase(base.id, all.filter(isReference), 'wasm');
    expect(checks.length).toBeGreaterThan(100);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    await expect(api.checkBase(base.id, [], 'wasm')).rejects.toMatchObject({ name: 'FormatError' });
    const spoiled = await Promise.all(
      all.filter(isReference).map(async (one) => {
        if (!one.name.startsWith('outputs')) return one;
        const bytes = new Uint8Array(await one.arrayBuffer());
        const view = new DataView(bytes.buffer);
        for (let at = bytes.length - 2032; at < bytes.length - 1000; at += 4)
          view.setFloat32(at, view.getFloat32(at, true) + 3, true);
        return new File([bytes], one.name);
      }),
    );
    const found = await api.checkBase(base.id, spoiled, 'wasm');
    expect(found.some(({ ok }) => !ok)).toBe(true);
  }, 30_000);
});
