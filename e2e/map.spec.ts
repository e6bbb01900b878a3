// Rows on a map by the starter: made, read by keyboard, picked by a loop and found again in the table; rows near any text; and
// the same map again for the same data.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { open } from './fixtures';
import { visit } from './pages/screens';

async function sample(page: Page): Promise<{ projectId: string; datasetId: string }> {
  return page.evaluate(async () => {
    const project = await window.studio.projects.fromSample('support-intents');
    const [dataset] = await window.studio.datasets.list(project.id);
    return { projectId: project.id, datasetId: dataset?.id ?? '' };
  });
}

test('a map of the rows: from its tab to the rows in the table', async () => {
  const { page } = await open();
  const { projectId, datasetId } = await sample(page);
  await visit(page, `#/p/${projectId}/data/${datasetId}?tab=map`);
  const plot = page.getByRole('group', { name: /^Map of rows\./ });
  await plot.waitFor();
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor({ state: 'detached' });
  await page.getByText(/Near means alike/).waitFor();

  await plot.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => plot.locator('[aria-live]').innerText()).toMatch(/^Row [\d,]+, \w+/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: /^Row/ }).waitFor();
  await page.keyboard.press('Escape');

  const box = (await plot.boundingBox())!;
  const at = (x: number, y: number): [number, number] => [box.x + box.width * x, box.y + box.height * y];
  await page.getByRole('button', { name: 'Draw a loop' }).click();
  await page.mouse.move(...at(0.35, 0.25));
  await page.mouse.down();
  for (const corner of [at(0.65, 0.25), at(0.65, 0.75), at(0.35, 0.75)]) await page.mouse.move(...corner, { steps: 5 });
  await page.mouse.up();
  const bar = page.getByRole('group', { name: 'Selected rows' }).getByRole('status');
  await expect.poll(() => bar.innerText()).toMatch(/^[1-9][\d,]* selected$/);
  const picked = parseInt((await bar.innerText()).replaceAll(',', ''), 10);
  await page.getByRole('button', { name: 'Show them in the table' }).click();
  await page
    .getByText(`${picked.toLocaleString('en-GB')} rows`, { exact: true })
    .first()
    .waitFor();
}, 30_000);

test('maps are the same for the same data; near rows are those that mean the same', async () => {
  const { page } = await open();
  const { datasetId } = await sample(page);
  const found = await page.evaluate(async (id) => {
    const { map } = window.studio;
    const pictures: string[] = [];
    const one = await map.of(id, { onPicture: ({ method }) => pictures.push(method) });
    const near = await map.nearest(id, 'I have forgotten my password', { count: 5 });
    const refusal = await map.nearest(id, ' ').catch((error: unknown) => (error instanceof Error ? error.name : ''));
    const stop = new AbortController();
    stop.abort();
    const stopped = await map
      .of(id, { signal: stop.signal })
      .catch((error: unknown) => (error instanceof Error ? error.name : ''));
    return {
      pictures,
      method: one.method,
      rows: one.places.length,
      positions: [...one.positions.slice(0, 40)],
      near,
      refusal,
      stopped,
    };
  }, datasetId);
  expect(found).toMatchObject({ pictures: ['pca'], method: 'umap', refusal: 'DatasetError', stopped: 'AbortError' });
  expect(found.rows).toBeGreaterThan(2000);
  expect(found.near.filter(({ labels }) => labels.includes('reset_password')).length).toBeGreaterThanOrEqual(3);

  // Another page has another worker: nothing is remembered there.
  await page.reload();
  await page.waitForFunction(() => 'studio' in window);
  const again = await page.evaluate(
    async (id) => [...(await window.studio.map.of(id)).positions.slice(0, 40)],
    datasetId,
  );
  expect(again).toEqual(found.positions);
}, 30_000);
