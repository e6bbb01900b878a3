// Axe finds nothing on any screen: light, dark, narrow, empty, and with dialogs open.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { open } from './fixtures';
import { violations, violationsInBothLooks } from './pages/axe';
import { prepareProject, screenAddresses, visit } from './pages/screens';

async function problemsOfAll(page: Page, addresses: Record<string, string>): Promise<Record<string, string[]>> {
  const problems: Record<string, string[]> = {};
  for (const [name, address] of Object.entries(addresses)) {
    await visit(page, address);
    const found = await violations(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) found.push(`sticks out by ${wide} pixels`);
    if (found.length) problems[name] = found;
  }
  return problems;
}

for (const [name, theme, width] of [
  ['light', 'light', 1440],
  ['dark', 'dark', 1440],
  ['narrow', 'light', 360],
] as const) {
  test(`every screen, ${name}`, async () => {
    const { page } = await open({ scheme: theme, width });
    await page.emulateMedia({ reducedMotion: 'reduce', colorScheme: theme });
    await page.evaluate((chosen) => window.studio.settings.set({ theme: chosen }), theme);
    const prepared = await prepareProject(page);
    expect(await problemsOfAll(page, screenAddresses(prepared))).toEqual({});
  });
}

test('every screen of an empty project', async () => {
  const { page } = await open();
  const project = await page.evaluate(() => window.studio.projects.create({ name: 'Empty', task: 'intent' }));
  const none = { projectId: project.id, datasetId: 'none', runIds: ['a', 'b'] as [string, string], modelId: 'none' };
  expect(await problemsOfAll(page, screenAddresses(none))).toEqual({});
});

test('palette and keys', async () => {
  const { page } = await open();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  expect(await violations(page)).toEqual([]);
});

test('sheets and dialogs, light and dark', async () => {
  const { page } = await open();
  const found: Record<string, string[]> = {};
  const look = async (name: string): Promise<void> => {
    await page.getByRole('dialog').waitFor();
    await page.waitForTimeout(200);
    const here = await violationsInBothLooks(page);
    if (here.length) found[name] = here;
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };
  await page.getByRole('button', { name: 'Paste text' }).click();
  await look('paste');
  const file = { name: 'rows.csv', mimeType: 'text/csv', buffer: Buffer.from('text,label\nrefund please,refund\n') };
  await page.locator('input[type=file]').first().setInputFiles(file);
  await look('import');
  const id = await page.evaluate(async () => (await window.studio.projects.fromSample('support-intents')).id);
  await visit(page, `#/p/${id}/label`);
  await page.getByRole('button', { name: /\d+ labels/ }).click();
  await look('labels');
  await visit(page, `#/p/${id}/train`);
  await page.getByRole('button', { name: 'Paste a recipe' }).click();
  await look('recipe');
  expect(found).toEqual({});
});
