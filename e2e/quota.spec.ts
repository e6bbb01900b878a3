// A full disk: what is there stays readable, the reason is shown, and saving works again once there is room.
import { expect, inject, test } from 'vitest';
import { giveFiles } from './browser.mjs';
import { open } from './fixtures';
import { csvOf, easyRows, projectWith } from './pages/facade';

const megabyte = 1024 * 1024;

test('an import and labels over quota fail by name and lose nothing', async () => {
  let limit = async (_bytes: number | null): Promise<void> => undefined;
  const { page } = await open({
    expectedErrors: /./,
    beforeFirstPage: async (context) => {
      const blank = context.pages()[0] ?? (await context.newPage());
      const session = await context.newCDPSession(blank);
      const origin = new URL(inject('url')).origin;
      limit = async (bytes) => {
        await session.send(
          'Storage.overrideQuotaForOrigin',
          bytes === null ? { origin } : { origin, quotaSize: bytes },
        );
      };
      await limit(4 * megabyte);
    },
  });
  const { projectId, datasetId } = await projectWith(page, 'intent', 'small.csv', csvOf(easyRows(300)));
  const words = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike'.split(' ');
  const line = (i: number) =>
    Array.from({ length: 25 }, (_, k) => `${words[(i * 7 + k * i) % 13]}${(i * 31 + k) % 997}`).join(' ');
  const big = 'text,label\n' + Array.from({ length: 120_000 }, (_, i) => `${line(i)},x${i % 9}`).join('\n');
  await giveFiles(page, [{ name: 'big.csv', text: big }]);
  const refused = await page.evaluate(async (id) => {
    try {
      await window.studio.datasets.import(id, window.given);
      return { name: 'imported', message: '' };
    } catch (error) {
      return error instanceof Error ? { name: error.name, message: error.message } : { name: 'unknown', message: '' };
    }
  }, projectId);
  expect(refused.name).toBe('StorageError');
  expect(refused.message).toMatch(/space|room|full|quota/i);

  const kept = await page.evaluate(
    async ([id, dataset]) => ({
      sets: (await window.studio.datasets.list(id)).length,
      rows: (await window.studio.datasets.rows(dataset, { offset: 0, limit: 1000 })).rows.length,
    }),
    [projectId, datasetId] as const,
  );
  expect(kept).toEqual({ sets: 1, rows: 300 });

  await limit(1024);
  const label = () =>
    page.evaluate(
      async ([id, dataset]) => {
        const { rows } = await window.studio.datasets.rows(dataset, { offset: 0, limit: 1 });
        try {
          await window.studio.review.label({ projectId: id, rowId: rows[0]?.id ?? '', labels: ['password'] });
          return 'saved';
        } catch (error) {
          return error instanceof Error ? error.name : 'unknown';
        }
      },
      [projectId, datasetId] as const,
    );
  expect(await label()).toBe('StorageError');
  const problem = await page.evaluate(() => window.studio.storage.info().then((info) => info.problem));
  expect(problem).toBeTruthy();

  await limit(null);
  expect(await label()).toBe('saved');
  const after = await page.evaluate(async (dataset) => {
    const { rows } = await window.studio.datasets.rows(dataset, { offset: 0, limit: 1 });
    return { label: rows[0]?.['label'], problem: (await window.studio.storage.info()).problem };
  }, datasetId);
  expect(after).toEqual({ label: 'password', problem: null });
});
