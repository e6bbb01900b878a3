// The road by pointer and by keyboard alone, on the sample and on a file of one's own.
import { expect, inject, test } from 'vitest';
import { ready } from './browser.mjs';
import { open } from './fixtures';
import { csvOf, easyRows, projectWith } from './pages/facade';
import { openProject, tabTo, tryText, until, untilTrained } from './pages/road';
import { visit } from './pages/screens';

test('by pointer: a sample, trained, tried, deployed; Back works', async () => {
  const { page } = await open();
  await page.getByText('Support intents').first().click();
  await page
    .getByRole('button', { name: /train a first model/i })
    .first()
    .click();
  const projectId = await openProject(page);
  await untilTrained(page, projectId);
  expect(await page.locator('canvas, svg').count()).toBeGreaterThan(0);
  await tryText(page, projectId, 'my card has not arrived yet, where is it');

  await page
    .getByRole('link', { name: /^Models/ })
    .first()
    .click();
  await page
    .getByRole('button', { name: /^Deploy/ })
    .first()
    .click();
  await until(page, 'a live model', () =>
    page.evaluate(async (id) => (await window.studio.models.deployments(id)).some(({ live }) => live), projectId),
  );
  await page.goBack();
  await page.waitForFunction(() => location.hash.includes('/try'));
});

test('by pointer: a file of one’s own, seen before it is stored, then trained', async () => {
  const { page } = await open();
  const file = { name: 'tickets.csv', mimeType: 'text/csv', buffer: Buffer.from(csvOf(easyRows(240))) };
  await page.locator('input[type=file]').first().setInputFiles(file);
  await page
    .getByText(/\b240\b/)
    .first()
    .waitFor();
  expect(await page.evaluate(() => window.studio.projects.list().then((list) => list.length))).toBe(0);
  await page
    .getByRole('button', { name: /train a first model/i })
    .first()
    .click();
  const projectId = await openProject(page);
  await untilTrained(page, projectId);
  expect(await tryText(page, projectId, 'i want a refund for this order')).toBe('refund');
});

test('by keyboard alone: sample, train, try, palette', async () => {
  const { page } = await open();
  await page.keyboard.press('Tab');
  await tabTo(page, /^Support intents/);
  await page.keyboard.press('Enter');
  const projectId = await openProject(page);
  await page
    .getByRole('button', { name: /train a first model/i })
    .first()
    .waitFor();
  await tabTo(page, /^Train a first model/);
  await page.keyboard.press('Enter');
  await untilTrained(page, projectId);

  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.waitForFunction(() => location.hash.includes('/try'));
  await page.getByRole('textbox').first().waitFor();
  for (let presses = 0; presses < 60; presses++) {
    if (await page.evaluate(() => document.activeElement?.matches('textarea, input[type="text"], [role="textbox"]')))
      break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.type('i forgot my password');
  await page
    .getByText(/reset_password|account_locked/)
    .first()
    .waitFor({ timeout: 5000 });

  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('Data');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => location.hash.includes('/data'));
});

test('by keyboard alone: the queue, a label and its undo', async () => {
  const { page } = await open();
  const rows = easyRows(60).map((row, at) => (at > 30 ? [row[0] ?? '', ''] : row));
  const { projectId } = await projectWith(page, 'intent', 'rows.csv', csvOf(rows));
  const acts = () =>
    page.evaluate(
      async (id) => (await window.studio.review.history(id)).filter((act) => !act.undone).length,
      projectId,
    );
  await visit(page, `#/p/${projectId}/data`);
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.waitForFunction(() => location.hash.includes('/label'));
  await page.getByText('number', { exact: false }).first().waitFor();
  const before = await acts();
  await page.keyboard.press('1');
  await expect.poll(acts, { timeout: 5000 }).toBe(before + 1);
  await page.keyboard.press('2');
  await expect.poll(acts, { timeout: 5000 }).toBe(before + 2);
  await page.keyboard.press('u');
  await expect.poll(acts, { timeout: 5000 }).toBe(before + 1);
  await page.reload();
  await ready(page);
  await page.getByText('number', { exact: false }).first().waitFor();
  await page.keyboard.press('Control+z');
  await expect.poll(acts, { timeout: 5000 }).toBe(before);
});

test('an address opens the same screen in a new page, and a reload stays there', async () => {
  const { page, context } = await open();
  const project = await page.evaluate(() => window.studio.projects.fromSample('support-intents'));
  const address = `${inject('url')}#/p/${project.id}/data`;
  await page.close();
  const later = await context.newPage();
  await later.goto(address);
  await ready(later);
  await later
    .getByRole('heading', { name: /data|support intents/i })
    .first()
    .waitFor();
  await later.reload();
  await ready(later);
  expect(await later.evaluate(() => location.hash)).toContain(`#/p/${project.id}/data`);
});
