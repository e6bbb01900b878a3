// Two tabs on one project: one writes, the other watches live and takes over when the first is gone.
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { crashTab, ready } from './browser.mjs';
import { open } from './fixtures';
import { csvOf, easyRows, projectWith } from './pages/facade';
import { visit } from './pages/screens';

/** Keeps `document.documentElement.dataset.writable` as the facade tells it. */
function watchWriting(page: Page, projectId: string): Promise<void> {
  return page.evaluate((id) => {
    window.studio.projects.watch(id, ({ writable }) => {
      document.documentElement.dataset['writable'] = String(writable);
    });
  }, projectId);
}

const writable = (page: Page, value: boolean, timeout: number) =>
  page.waitForFunction((wanted) => document.documentElement.dataset['writable'] === wanted, String(value), { timeout });

test('one tab writes, the other reads live and takes over within a second of a crash', async () => {
  const { page: first, context } = await open({ expectedErrors: /./ });
  const { projectId, datasetId } = await projectWith(first, 'intent', 'rows.csv', csvOf(easyRows(60)));
  await visit(first, `#/p/${projectId}/data/${datasetId}`);
  await watchWriting(first, projectId);
  await writable(first, true, 5000);

  const second = await context.newPage();
  await second.goto(`${inject('url')}#/p/${projectId}/data/${datasetId}`);
  await ready(second);
  await watchWriting(second, projectId);
  await writable(second, false, 5000);

  const label = (page: Page, name: string) =>
    page.evaluate(
      async ([id, dataset, chosen]) => {
        const { rows } = await window.studio.datasets.rows(dataset, { offset: 0, limit: 1 });
        try {
          await window.studio.review.label({ projectId: id, rowId: rows[0]?.id ?? '', labels: [chosen] });
          return 'saved';
        } catch (error) {
          return error instanceof Error ? error.name : 'unknown';
        }
      },
      [projectId, datasetId, name] as const,
    );
  expect(await label(second, 'password')).toBe('StorageError');

  await second.evaluate(() => {
    window.studio.onChange(({ stores }) => {
      if (stores.includes('labels')) document.documentElement.dataset['told'] = 'yes';
    });
  });
  expect(await label(first, 'password')).toBe('saved');
  await second.waitForFunction(() => document.documentElement.dataset['told'] === 'yes', null, { timeout: 2000 });
  const seen = await second.evaluate(
    async (dataset) => (await window.studio.datasets.rows(dataset, { offset: 0, limit: 1 })).rows[0]?.['label'],
    datasetId,
  );
  expect(seen).toBe('password');

  await crashTab(first);
  await writable(second, true, 1000);
  expect(await label(second, 'tracking')).toBe('saved');
});
