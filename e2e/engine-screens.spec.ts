// The engine as people see it: what computes here and how it is proven, what a run takes, and where a step's time goes.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ready } from './browser.mjs';
import { open } from './fixtures';
import { violationsInBothLooks } from './pages/axe';
import { csvOf, projectWith } from './pages/facade';
import { tabTo } from './pages/road';
import { visit } from './pages/screens';

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const status = (page: Page, text: RegExp) => page.getByRole('status').filter({ hasText: text });

async function sample(page: Page): Promise<{ projectId: string; datasetId: string }> {
  return page.evaluate(async () => {
    const project = await window.studio.projects.fromSample('support-intents');
    const [dataset] = await window.studio.datasets.list(project.id);
    return { projectId: project.id, datasetId: dataset?.id ?? '' };
  });
}
const startRun = (page: Page, projectId: string, datasetId: string, config: Record<string, unknown>) =>
  page.evaluate(
    async ([project, dataset, own]) =>
      (
        await window.studio.runs.start(project, {
          task: 'classifier',
          dataset,
          seed: 3,
          config: { base: 'scratch', ...own },
        })
      ).runId,
    [projectId, datasetId, config] as const,
  );
const statusOf = (page: Page, runId: string) =>
  page.evaluate(async (id) => (await window.studio.runs.get(id)).status, runId);
const certificates = (page: Page) =>
  page.evaluate(async () =>
    ((await window.studio.engine.device()).backends ?? []).flatMap(({ backend, certificate }) =>
      certificate
        ? [{ backend, state: certificate.state, agree: certificate.checks.filter(({ ok }) => ok).length }]
        : [],
    ),
  );
async function classifierForm(page: Page, projectId: string): Promise<void> {
  await visit(page, `#/p/${projectId}/train`);
  await page.getByRole('radio', { name: /^Text classifier/ }).click();
  await button(page, 'Find the batch size').waitFor();
}

test('without an adapter: verified and tuned by keyboard; settings outlast a reload', async () => {
  const { page } = await open();
  await visit(page, '#/settings');
  await tabTo(page, /^Verify kernels$/);
  await page.keyboard.press('Enter');
  await status(page, /all agree with the reference/).waitFor({ timeout: 30_000 });
  const found = await certificates(page);
  expect(found).toMatchObject([{ backend: 'wasm', state: 'passed' }]);
  expect(found[0]?.agree).toBeGreaterThanOrEqual(15);
  for (const summary of await page.locator('summary').all()) await summary.click();
  expect(await violationsInBothLooks(page)).toEqual([]);

  await tabTo(page, /^Tune again$/);
  await page.keyboard.press('Enter');
  await status(page, /speeds were measured/).waitFor({ timeout: 15_000 });
  await page.getByText(/GFLOP\/s measured/).waitFor();

  const chosen = () =>
    page.evaluate(async () => {
      const { fullSpeed, wakeLock } = await window.studio.settings.get();
      return { fullSpeed, wakeLock };
    });
  for (const name of ['Full speed', 'Stay awake while training']) {
    await page.getByRole('switch', { name }).focus();
    await page.keyboard.press('Space');
  }
  await expect.poll(chosen).toEqual({ fullSpeed: true, wakeLock: true });
  await page.reload();
  await ready(page);
  for (const name of ['Full speed', 'Stay awake while training'])
    await expect.poll(() => page.getByRole('switch', { name }).getAttribute('aria-checked')).toBe('true');
});

test('with a software adapter: both backends verified, tuning called off within a second', async () => {
  const { page } = await open({ adapter: 'software' });
  await visit(page, '#/settings');
  await button(page, 'Verify kernels').click();
  await status(page, /all agree with the reference/).waitFor({ timeout: 60_000 });
  const found = await certificates(page);
  expect(found.map(({ backend }) => backend).sort()).toEqual(['wasm', 'webgpu']);
  for (const { state, agree } of found) {
    expect(state).toBe('passed');
    expect(agree).toBeGreaterThanOrEqual(15);
  }
  for (const summary of await page.locator('summary').all()) await summary.click();
  expect(await violationsInBothLooks(page)).toEqual([]);

  await button(page, 'Tune again').click();
  await page.getByText(/timing \w+,/i).waitFor({ timeout: 10_000 });
  const began = Date.now();
  await button(page, 'Cancel').click();
  await status(page, /^Cancelled/).waitFor();
  expect(Date.now() - began).toBeLessThan(2000);
});

test('batch size and learning rate are found and taken into the form', async () => {
  const { page } = await open();
  const { projectId } = await sample(page);
  await classifierForm(page, projectId);
  await button(page, 'Find the batch size').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('progressbar').waitFor();
  expect(await violationsInBothLooks(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Stop measuring' }).click();
  await status(page, /^Stopped/).waitFor();
  await dialog.getByRole('button', { name: 'Measure again' }).click();
  const size = dialog.getByRole('button', { name: /^Use \d/ });
  await size.waitFor({ timeout: 30_000 });
  expect(await violationsInBothLooks(page)).toEqual([]);
  const found = (await size.innerText()).replace(/[^\d]/g, '');
  await size.click();
  await expect.poll(() => page.getByLabel('Batch size', { exact: true }).inputValue()).toBe(found);

  await button(page, 'Find the learning rate').focus();
  await page.keyboard.press('Enter');
  const rate = dialog.getByRole('button', { name: /^Use \d/ });
  await rate.waitFor({ timeout: 30_000 });
  expect(await violationsInBothLooks(page)).toEqual([]);
  const rateFound = Number((await rate.innerText()).replace('Use ', ''));
  await rate.focus();
  await page.keyboard.press('Enter');
  await expect
    .poll(async () => Number(await page.getByLabel('Learning rate', { exact: true }).inputValue()))
    .toBe(rateFound);
});

test('a run that does not fit is told what to change, and one press changes it', async () => {
  const { page } = await open();
  const words = (row: number) => Array.from({ length: 300 }, (_, i) => `w${(row * 131 + i * 17) % 9973}`).join(' ');
  const rows = Array.from({ length: 2400 }, (_, i) => [words(i), i % 2 ? 'odd' : 'even']);
  const { projectId } = await projectWith(page, 'classifier', 'long.csv', csvOf([['text', 'label'], ...rows]));
  await visit(page, `#/p/${projectId}/train`);
  const recipe = page.getByRole('textbox', { name: /^Recipe as/ });
  const text = (await recipe.inputValue())
    .replace(/batchSize: \d+/, 'batchSize: 4096')
    .replace(/vectorSize: \d+/, 'vectorSize: 512')
    .replace(/maxLength: \d+/, 'maxLength: 4096');
  await recipe.fill(text);
  await page.getByText('This may not fit').waitFor({ timeout: 10_000 });
  expect(await violationsInBothLooks(page)).toEqual([]);
  const fits = page.getByText('This may not fit');
  for (let presses = 0; presses < 8 && (await fits.count()) > 0; presses++) {
    await button(page, 'Set it').first().click();
    await page.waitForTimeout(600);
  }
  expect(await fits.count()).toBe(0);
  expect(await recipe.inputValue()).not.toBe(text);
});

test('a step of a finished and of a running run; states of a run', async () => {
  const { page } = await open();
  const { projectId, datasetId } = await sample(page);
  const finished = await startRun(page, projectId, datasetId, { epochs: 1 });
  await expect.poll(() => statusOf(page, finished), { timeout: 20_000 }).toBe('finished');
  await visit(page, `#/p/${projectId}/runs/${finished}`);
  await page.getByRole('tab', { name: 'Profile' }).click();
  await button(page, 'Measure a step').click();
  await button(page, 'Measure another step').waitFor({ timeout: 20_000 });
  const chart = page.getByRole('group', { name: /Arrow keys read boxes/ });
  await chart.focus();
  const spoken = new Set<string>();
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowUp']) {
    await page.keyboard.press(key);
    spoken.add(await chart.locator('[aria-live]').innerText());
  }
  expect(spoken.size).toBeGreaterThanOrEqual(4);
  for (const line of spoken) expect(line).toMatch(/ms, .* %/);
  expect(await violationsInBothLooks(page)).toEqual([]);
  const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Save Chrome trace').click()]);
  const trace: unknown = JSON.parse(await readFile(await file.path(), 'utf8'));
  expect(trace).toMatchObject({ traceEvents: expect.arrayContaining([expect.objectContaining({ ph: 'X' })]) });

  const running = await startRun(page, projectId, datasetId, { epochs: 900, earlyStoppingPatience: 0 });
  await visit(page, `#/p/${projectId}/runs/${running}`);
  await expect.poll(() => statusOf(page, running), { timeout: 20_000 }).toBe('running');
  await page.waitForTimeout(500);
  expect(await violationsInBothLooks(page)).toEqual([]);
  await page.getByRole('tab', { name: 'Profile' }).click();
  await button(page, 'Measure a step').click();
  await button(page, 'Measure another step').waitFor({ timeout: 20_000 });
  expect(await statusOf(page, running)).toBe('running');

  await classifierForm(page, projectId);
  await button(page, 'Find the learning rate').click();
  await page
    .getByRole('dialog')
    .getByText(/A run is training/)
    .first()
    .waitFor();
  expect(await violationsInBothLooks(page)).toEqual([]);
  await page.keyboard.press('Escape');

  await page.evaluate((id) => window.studio.runs.pause(id), running);
  await expect.poll(() => statusOf(page, running), { timeout: 10_000 }).toBe('paused');
  await visit(page, `#/p/${projectId}/runs/${running}`);
  expect(await violationsInBothLooks(page)).toEqual([]);
  await page.evaluate((id) => window.studio.runs.stop(id, { keep: false }), running);

  // Each step multiplies the weights by minus nine.
  const failed = await startRun(page, projectId, datasetId, {
    optimizer: 'sgd',
    momentum: 0,
    learningRate: 1,
    weightDecay: 10,
    warmupSteps: 0,
    schedule: 'constant',
    epochs: 50,
  });
  await expect.poll(() => statusOf(page, failed), { timeout: 30_000 }).toBe('failed');
  await visit(page, `#/p/${projectId}/runs/${failed}`);
  expect(await violationsInBothLooks(page)).toEqual([]);
});
