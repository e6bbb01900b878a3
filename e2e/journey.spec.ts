// The whole road, three ways: with a software WebGPU adapter, with no adapter, and with the network gone.
import { expect, inject, test } from 'vitest';
import { ready } from './browser.mjs';
import { open } from './fixtures';
import { wholeJourney, type Journey } from './pages/facade';

function expectWhole(journey: Journey): void {
  expect(journey.intent.status).toBe('finished');
  expect(journey.intent.accuracy).toBeGreaterThan(0.85);
  expect(journey.network.status).toBe('finished');
  expect(journey.network.losses.length).toBeGreaterThan(5);
  expect(journey.network.losses.at(-1)).toBeLessThan(journey.network.losses[0] ?? 0);
  expect(journey.network.accuracy).toBeGreaterThan(0.3);
  expect(journey.compared.runs).toBe(2);
  expect(journey.compared.rows).toBeGreaterThan(0);
  expect(journey.compared.difference).not.toBeNull();
  expect(journey.answer.label).toMatch(/refund|damaged/);
  expect(journey.answer.shown).toBe(30);
  expect(journey.answer.sum).toBeCloseTo(1, 6);
  expect(journey.labelled.after).not.toBe(journey.labelled.before);
  expect(journey.labelled.undone).toBe(journey.labelled.before);
  expect(journey.deployed).toBe(true);
  expect(journey.live).toBe(journey.intent.modelId);
  expect(Object.keys(journey.exported)).toEqual(
    expect.arrayContaining(['intent json', 'network tfjs', 'network safetensors', 'csv', 'jsonl', 'report html']),
  );
  for (const [format, bytes] of Object.entries(journey.exported)) expect(bytes, format).toBeGreaterThan(100);
  expect(journey.restored).toMatchObject({ runs: 2, models: 2, datasets: 1 });
}

test('without a graphics adapter', async () => {
  const { page } = await open();
  const journey = await wholeJourney(page);
  expectWhole(journey);
  expect(journey.network.backend).not.toBe('webgpu');
});

test('with a software WebGPU adapter, chosen by hand', async () => {
  const { page } = await open({ adapter: 'software' });
  await page.evaluate(() => window.studio.settings.set({ backend: 'webgpu' }));
  const journey = await wholeJourney(page);
  expectWhole(journey);
  expect(journey.network.backend).toBe('webgpu');
});

test('with the network gone after one visit', async () => {
  const { page, context } = await open({ serviceWorkers: 'allow' });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await context.setOffline(true);
  await page.close();
  const later = await context.newPage();
  await later.goto(inject('url'));
  await ready(later);
  expectWhole(await wholeJourney(later));
});
