// The browser is killed at seeded random moments while it labels, imports, trains and deletes; after each kill every
// acknowledged act is there and everything that is listed can be read to its end.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { giveFiles, openStudio } from '../browser.mjs';
import { csvOf, easyRows, projectWith } from '../pages/facade';

const rounds = Number(process.env['SOAK_ROUNDS'] ?? 60);
const seed = Number(process.env['SOAK_SEED'] ?? 4777);

type Act = 'label' | 'import' | 'train' | 'delete';

/** Starts an endless act in the page; what is acknowledged goes out through `acknowledge` at once. */
function begin(page: Page, act: Act, projectId: string, datasetId: string): Promise<void> {
  return page.evaluate(
    ([kind, id, dataset]) => {
      const studio = window.studio;
      const tell = (text: string) => Reflect.get(window, 'acknowledge')(text);
      const acts = {
        async label() {
          const { rows } = await studio.datasets.rows(dataset, { offset: 0, limit: 300 });
          for (let turn = 0; ; turn++)
            for (const row of rows) {
              const label = `turn-${turn % 7}`;
              await studio.review.label({ projectId: id, rowId: row.id, labels: [label] });
              await tell(`${row.id} ${label}`);
            }
        },
        async import() {
          for (;;) await studio.datasets.import(id, window.given);
        },
        async train() {
          for (;;)
            await studio.train(id, {
              task: 'classifier',
              dataset,
              config: { base: 'scratch', saveSteps: 5, epochs: 20 },
            });
        },
        async delete() {
          for (;;) await studio.datasets.remove((await studio.datasets.import(id, window.given)).id);
        },
      };
      acts[kind]().catch(() => undefined);
    },
    [act, projectId, datasetId] as const,
  );
}

/** Reads everything that is listed; rejects where something listed cannot be read. */
function readAll(page: Page, projectId: string, datasetId: string) {
  return page.evaluate(
    async ([id, first]) => {
      const studio = window.studio;
      for (const dataset of await studio.datasets.list(id, { versions: true })) {
        let rows = 0;
        while (rows < dataset.rows) {
          const got = (await studio.datasets.rows(dataset.id, { offset: rows, limit: 1000 })).rows.length;
          if (got === 0) throw new Error(`${dataset.name} lists ${dataset.rows} rows and has ${rows}.`);
          rows += got;
        }
      }
      for (const run of await studio.runs.list(id)) {
        await studio.runs.events(run.id);
        if (run.status === 'finished') await studio.models.predict(run.modelId ?? '', ['where is my parcel']);
        if (run.status === 'running') throw new Error('A run without a tab still says it is running.');
        await studio.runs.remove(run.id);
      }
      const { rows } = await studio.datasets.rows(first, { offset: 0, limit: 300 });
      return Object.fromEntries(rows.map((row) => [row.id, String(row['label'])]));
    },
    [projectId, datasetId] as const,
  );
}

test(`${rounds} kills lose nothing that was acknowledged`, async () => {
  const plans = fc.sample(
    fc.record({
      act: fc.constantFrom<Act>('label', 'import', 'train', 'delete'),
      afterMs: fc.integer({ min: 20, max: 2500 }),
    }),
    { numRuns: rounds, seed },
  );
  const profile = await mkdtemp(path.join(os.tmpdir(), 'trainyard-soak-'));
  const url = inject('url');
  const acknowledged = new Map<string, string>();
  let first = await openStudio({ url, profile, serviceWorkers: 'block' });
  const { projectId, datasetId } = await projectWith(first.page, 'classifier', 'rows.csv', csvOf(easyRows(300)));
  for (const [round, { act, afterMs }] of plans.entries()) {
    const { page, context } = first;
    await page.exposeFunction('acknowledge', (text: string) => {
      const [row = '', label = ''] = text.split(' ');
      acknowledged.set(row, label);
    });
    await giveFiles(page, [{ name: 'more.csv', text: csvOf(easyRows(4000)) }]);
    await begin(page, act, projectId, datasetId);
    await page.waitForTimeout(afterMs);
    const known = new Map(acknowledged);
    process.kill(first.pid(), 'SIGKILL');
    await context.close().catch(() => undefined);
    first = await openStudio({ url, profile, serviceWorkers: 'block' });
    const labels = await readAll(first.page, projectId, datasetId);
    for (const [row, label] of known) {
      // The label written when the kill came may be there or not; any other must be the acknowledged one.
      const later = acknowledged.get(row);
      expect([label, later, `turn-${(Number(label.slice(5)) + 1) % 7}`], `round ${round}, ${act}, ${row}`).toContain(
        labels[row],
      );
    }
  }
  expect(acknowledged.size).toBeGreaterThan(0);
  await first.close();
  await rm(profile, { recursive: true, force: true });
});
