// Labels carried over to other rows as they are given, in Node with the starter from disk; and a refit against a fresh fit.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { loadKernels } from '../../scripts/wasm-node.mjs';
import type { Prediction } from '../../src/contract/train';
import { rowIdOf } from '../../src/lib/ids';
import { commitAct } from '../../src/storage/act';
import { Backends } from '../backends/start';
import type { Device } from '../backends/device';
import { openWasmDevice } from '../backends/wasm-device';
import { useStarterFiles } from '../bases/starter';
import { starterFromDisk } from '../bases/testing/disk-folder';
import { storeTable } from '../testing/stored-rows';
import { LiveHead } from './live-head';
import { Suggester } from './suggester';

const money = ['my card was charged twice', 'refund the payment to my card', 'the bank took a fee', 'pay my invoice'];
const weather = [
  'will it rain tomorrow',
  'how cold is it outside',
  'snow is falling in the north',
  'sunny with some wind',
];
const openWasm = (): Promise<Device> => openWasmDevice({ load: loadKernels, threads: 1 });

let busy = false;
const backends = new Backends({ build: 'test', openWasm });
beforeAll(() => useStarterFiles(starterFromDisk));
beforeEach(() => (busy = false));
afterAll(async () => (await backends.opened('wasm')).device.dispose());

/** A version's rows without labels, and what a person and a screen do with them. */
async function sitting(multiLabel = false) {
  const texts = [...money, ...weather];
  const columns = { text: texts, [multiLabel ? 'labels' : 'label']: texts.map(() => null) };
  const { projectId, dataset } = await storeTable('intent', columns, multiLabel);
  const suggester = new Suggester(backends, () => busy);
  let revision = 0;
  return {
    texts,
    async label(ordinal: number, ...labels: string[]) {
      const { rootId } = dataset;
      const sign = { by: 'test', at: 100 + ++revision };
      const row = {
        projectId,
        rowId: rowIdOf(rootId, ordinal),
        rootId,
        ordinal,
        labels,
        origin: 'label',
        ...sign,
      } as const;
      await commitAct({ projectId, ...sign, what: 'Labelled', rows: [row] });
    },
    ask: (asked: string[], after = 0) =>
      suggester.ask({ datasetId: dataset.id, texts: asked, revision, after, choice: 'wasm' }),
  };
}
const firsts = (answers: Prediction[] | null): string[] | undefined => answers?.map((one) => one.label);

it('carries the labels of a few rows over to the others, and follows each correction', async () => {
  const { texts, label, ask } = await sitting();
  expect(await ask(texts)).toBeNull();
  await label(0, 'money');
  expect(await ask(texts)).toBeNull();
  await label(4, 'weather');
  await label(1, 'money');
  await label(5, 'weather');
  const topics = ['money', 'money', 'money', 'money', 'weather', 'weather', 'weather', 'weather'];
  expect(firsts(await ask(texts))).toEqual(topics);
  await label(6, 'snow');
  expect(firsts(await ask(['much snow is falling']))).toEqual(['snow']);
  await label(6);
  const [answer] = (await ask(['much snow is falling'])) ?? [];
  expect(answer?.scores.map((one) => one.label).sort()).toEqual(['money', 'weather']);
  for (const row of [0, 1, 2, 3]) await label(row, 'weather');
  for (const row of [4, 5, 6, 7]) await label(row, 'money');
  expect(firsts(await ask(texts))).toEqual([...topics].reverse());
});

it('says nothing while a run trains, nor where no label is newer than asked for', async () => {
  const { texts, label, ask } = await sitting();
  await label(0, 'money');
  await label(4, 'weather');
  expect(await ask(texts, 1000)).toBeNull();
  expect(await ask(texts, 50)).toHaveLength(texts.length);
  busy = true;
  expect(await ask(texts)).toBeNull();
  busy = false;
  expect(await ask(texts)).toHaveLength(texts.length);
});

it('tells several labels of a row apart', async () => {
  const { label, ask } = await sitting(true);
  for (const row of [0, 1, 2]) await label(row, 'money');
  for (const row of [4, 5, 6]) await label(row, 'weather', 'outside');
  const [answer] = (await ask(['it snows in the north, how cold'])) ?? [];
  expect([...(answer?.labels ?? [])].sort()).toEqual(['outside', 'weather']);
});

it('stands after refits where a fresh fit does', async () => {
  const device = await openWasm();
  const [rows, dimensions] = [60, 8];
  const values = Float32Array.from({ length: rows * dimensions }, (_, at) =>
    Math.sin(1 + 1.3 * at + (at % 7) * (at % 5)),
  );
  const given = (changed: number) =>
    Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? null : [`l${(row + (row < changed ? 1 : 0)) % 4}`]));
  const labels = ['l0', 'l1', 'l2', 'l3'];
  const live = new LiveHead(device, { values, dimensions }, false);
  const fresh = new LiveHead(device, { values, dimensions }, false);
  // The first labels lack one, as in a sitting.
  const few = given(0).map((own) => (own?.[0] === 'l3' ? null : own));
  await live.take({ ofRow: few, labels: labels.slice(0, 3), changedAt: 1 });
  await live.improve();
  for (const changed of [0, 1, 11]) {
    await live.take({ ofRow: given(changed), labels, changedAt: 1 });
    for (let portion = 0; portion < 100 && !live.done; portion++) await live.improve();
  }
  await fresh.take({ ofRow: given(11), labels, changedAt: 1 });
  await fresh.improve(1000);
  expect([live.done, fresh.done]).toEqual([true, true]);
  const [a, b] = [live.scores({ values, dimensions }), fresh.scores({ values, dimensions })];
  a.forEach((score, i) => expect(Math.abs(score - b[i]!)).toBeLessThan(5e-3));
  live.dispose();
  fresh.dispose();
  device.dispose();
});
