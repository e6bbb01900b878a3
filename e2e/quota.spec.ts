// A full disk: what is there stays readable, the reason is shown, and saving works again once there is room.
import { expect, inject, test } from 'vitest';
import { giveFiles } from './browser.mjs';
import { open } from './fixtures';
import { csvOf, easyRows, projectWith } from './pages/facade';

const megabyte = 1024 * 1024;

test('an import and labels over quota fail by name and lose nothing', async () => {
  const { page } = await open({
    expectedErrors: /./,
    beforeFirstPage: async (context) => {
      const blank = context.pages()[0] ?? (await context.newPage());
      const session = await context.newCDPSession(blank);
      const origin = new URL(inject('url')).origin;
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 12 * megabyte });
    },
  });
  // Half of the room is taken by something else of this origin, which goes away at the end.
  await page.evaluate(async (bytes) => {
    const noise = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at += 65536) crypto.getRandomValues(noise.subarray(at, at + 65536));
    await (await caches.open('filler')).put('./filler', new Response(noise));
  }, 6 * megabyte);
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

  const correct = (wanted: number) =>
    page.evaluate(
      async ([id, dataset, most]) => {
        const { rows } = await window.studio.datasets.rows(dataset, { offset: 0, limit: 300 });
        const saved: string[] = [];
        for (const row of rows.slice(0, most)) {
          try {
            const note = 'why '.repeat(15_000);
            await window.studio.review.correct({ projectId: id, rowId: row.id, labels: ['password'], note });
            saved.push(row.id);
          } catch (error) {
            return { saved, refused: error instanceof Error ? error.name : 'unknown' };
          }
        }
        return { saved, refused: null };
      },
      [projectId, datasetId, wanted] as const,
    );
  const read = () =>
    page.evaluate(
      async ([id, dataset]) => {
        const { rows } = await window.studio.datasets.rows(dataset, { offset: 0, limit: 300 });
        const labelOf = new Map(rows.map((row) => [row.id, String(row['label'])]));
        const corrected = (await window.studio.review.corrections(id)).map(({ rowId }) => rowId);
        return { corrected, labels: [...labelOf], problem: (await window.studio.storage.info()).problem };
      },
      [projectId, datasetId] as const,
    );

  const full = await correct(300);
  expect(full.refused).toBe('StorageError');
  const then = await read();
  expect(new Set(then.corrected)).toEqual(new Set(full.saved));
  for (const id of full.saved) expect(new Map(then.labels).get(id)).toBe('password');
  expect(then.problem).toBeTruthy();

  await page.evaluate(() => caches.delete('filler'));
  // The browser counts the freed room a moment later.
  await expect.poll(async () => (await correct(3)).refused, { timeout: 15_000, interval: 500 }).toBeNull();
  expect((await read()).problem).toBeNull();
});
