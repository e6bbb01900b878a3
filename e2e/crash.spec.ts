// The tab dies in the middle of a training and of an import: what was saved is still there, whole.
import { expect, inject, test } from 'vitest';
import { crashTab, giveFiles, ready } from './browser.mjs';
import { open } from './fixtures';
import { csvOf, easyRows, projectWith } from './pages/facade';

test('a training killed half-way is found interrupted and ends with the same weights', async () => {
  const { page, context } = await open({ expectedErrors: /./ });
  const { projectId, datasetId } = await projectWith(page, 'classifier', 'rows.csv', csvOf(easyRows(900)));
  const recipe = {
    task: 'classifier',
    dataset: datasetId,
    seed: 7,
    config: { base: 'scratch', epochs: 200, saveSteps: 10, evalSteps: 100, earlyStoppingPatience: 0 },
  };
  const whole = await page.evaluate(([id, given]) => window.studio.train(id, given), [projectId, recipe] as const);
  const runId = await page.evaluate(
    async ([id, given]) => {
      const started = await window.studio.runs.start(id, given);
      for (;;) {
        const steps = (await window.studio.runs.events(started.runId)).map((event) => event.step);
        if (Math.max(0, ...steps) >= 25) return started.runId;
        await new Promise((next) => setTimeout(next, 20));
      }
    },
    [projectId, recipe] as const,
  );
  await crashTab(page);
  const later = await context.newPage();
  await later.goto(inject('url'));
  await ready(later);
  const result = await later.evaluate(async (id) => {
    await window.studio.ready();
    let run = await window.studio.runs.get(id);
    const found = run.status;
    if (found === 'interrupted') await window.studio.runs.resume(id);
    while (run.status !== 'finished' && run.status !== 'failed') {
      await new Promise((next) => setTimeout(next, 50));
      run = await window.studio.runs.get(id);
    }
    return { found, status: run.status, hash: run.weightHash };
  }, runId);
  expect(result.found).not.toBe('finished');
  expect(result.status).toBe('finished');
  expect(result.hash).toBe(whole.weightHash);
});

test('an import killed half-way leaves the earlier data whole and no half data set', async () => {
  const { page, context } = await open({ expectedErrors: /./ });
  const { projectId, datasetId } = await projectWith(page, 'intent', 'first.csv', csvOf(easyRows(300)));
  const before = await page.evaluate((id) => window.studio.datasets.get(id).then(({ hash }) => hash), datasetId);
  const row = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo';
  await giveFiles(page, [{ name: 'big.csv', text: 'text,label\n' + `${row},x\n`.repeat(400_000) }]);
  await page.evaluate(
    (id) =>
      new Promise<void>((started) => {
        window.studio.datasets
          .import(id, window.given, {
            onProgress: (progress) => {
              if (progress.rows > 0) started();
            },
          })
          .catch(() => started());
      }),
    projectId,
  );
  await crashTab(page);
  const later = await context.newPage();
  await later.goto(inject('url'));
  await ready(later);
  const found = await later.evaluate(
    async ([id, first]) => {
      const list = await window.studio.datasets.list(id);
      const rows = await window.studio.datasets.rows(first, { offset: 0, limit: 1000 });
      const counted: { rows: number; readable: number }[] = [];
      for (const dataset of list) {
        const last = await window.studio.datasets.rows(dataset.id, { offset: dataset.rows - 1, limit: 5 });
        counted.push({ rows: dataset.rows, readable: dataset.rows - 1 + last.rows.length });
      }
      return { hash: (await window.studio.datasets.get(first)).hash, rows: rows.rows.length, counted };
    },
    [projectId, datasetId] as const,
  );
  expect(found.hash).toBe(before);
  expect(found.rows).toBe(300);
  for (const { rows, readable } of found.counted) expect(readable).toBe(rows);
});
