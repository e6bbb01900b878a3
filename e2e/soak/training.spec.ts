// Long training: memory stays flat over ten thousand steps, and a run that is killed again and again ends with the same
// bits as one that was left alone.
import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { openStudio, residentBytes } from '../browser.mjs';
import { csvOf, easyRows, projectWith } from '../pages/facade';

const kills = Number(process.env['SOAK_KILLS'] ?? 20);
const seed = Number(process.env['SOAK_SEED'] ?? 4777);

interface Asked {
  projectId: string;
  datasetId: string;
  config: Record<string, unknown>;
}

const start = (page: Page, { projectId, datasetId, config }: Asked): Promise<string> =>
  page.evaluate(async ([id, recipe]) => (await window.studio.runs.start(id, recipe)).runId, [
    projectId,
    { task: 'classifier', dataset: datasetId, seed: 7, config },
  ] as const);
const runOf = (page: Page, runId: string) => page.evaluate((id) => window.studio.runs.get(id), runId);

/** Resolves when the run is at `step`, or over. One that stays interrupted is taken up, as a person would. */
async function reached(page: Page, runId: string, step: number): Promise<void> {
  for (;;) {
    const { status, steps } = await runOf(page, runId);
    if (steps >= step || !['queued', 'running', 'interrupted'].includes(status)) return;
    if (status === 'interrupted') await page.evaluate((id) => window.studio.runs.resume(id), runId);
    await page.waitForTimeout(100);
  }
}

test.each([
  ['wasm', 'none', 10_000],
  ['webgpu', 'software', 1008],
] as const)('bytes stay flat and the loss finite on %s', async (backend, adapter, steps) => {
  const studio = await openStudio({ url: inject('url'), adapter, serviceWorkers: 'block' });
  const { page } = studio;
  await page.evaluate((choice) => window.studio.settings.set({ backend: choice }), backend);
  const made = await projectWith(page, 'classifier', 'rows.csv', csvOf(easyRows(640)));
  // Sixteen steps an epoch.
  const config = { base: 'scratch', epochs: steps / 16, earlyStoppingPatience: 0, evalSteps: 50, vectorSize: 32 };
  const runId = await start(page, { ...made, config });
  const held = () =>
    page.evaluate((id) => window.studio.engine.profile({ runId: id }).then(({ memory }) => memory.total), runId);
  await reached(page, runId, steps / 5);
  const [bytes, resident] = [await held(), residentBytes(studio.pid())];
  await reached(page, runId, steps * 0.7);
  expect(await held()).toBe(bytes);
  expect(residentBytes(studio.pid())).toBeLessThan(resident + 64e6);
  await reached(page, runId, Infinity);
  const run = await runOf(page, runId);
  expect(run).toMatchObject({ status: 'finished', steps, backend });
  const events = await page.evaluate((id) => window.studio.runs.events(id), runId);
  for (const { kind, loss } of events) if (kind === 'log') expect(loss).toSatisfy(Number.isFinite);
  await studio.close();
});

test(`a run killed ${kills} times ends with the bits of one that was left alone`, async () => {
  const optimizers = ['adamw', 'sgd', 'lion', 'rmsprop', 'adagrad', 'adam'];
  const studio = await openStudio({ url: inject('url'), serviceWorkers: 'block' });
  const { page } = studio;
  const made = await projectWith(page, 'classifier', 'rows.csv', csvOf(easyRows(900)));
  const plans = fc.sample(
    fc.record({ optimizer: fc.constantFrom(...optimizers), afterMs: fc.integer({ min: 0, max: 700 }) }),
    { numRuns: kills, seed },
  );
  const shared = { base: 'scratch', epochs: 60, saveSteps: 7, evalSteps: 40, earlyStoppingPatience: 0, dropout: 0.2 };
  for (const optimizer of new Set(plans.map((plan) => plan.optimizer))) {
    const given = { ...made, config: { ...shared, optimizer, learningRate: optimizer === 'sgd' ? 0.1 : 0.002 } };
    const whole = await start(page, given);
    await reached(page, whole, Infinity);
    const runId = await start(page, given);
    let killed = 0;
    for (const { afterMs } of plans.filter((plan) => plan.optimizer === optimizer)) {
      await page.waitForTimeout(afterMs);
      const { status } = await runOf(page, runId);
      if (status === 'finished') break;
      const worker = page.workers().findLast((each) => each.url().includes('train.worker'));
      // Nobody answers from a worker that is gone, so this is not waited for.
      void worker?.evaluate(() => self.close()).catch(() => undefined);
      killed++;
      // Death is noticed within a second, and the run goes on by itself where it got further than the last time.
      await page.waitForTimeout(1100);
      const after = await runOf(page, runId);
      if (after.status === 'interrupted') await page.evaluate((id) => window.studio.runs.resume(id), runId);
    }
    await reached(page, runId, Infinity);
    const [a, b] = [await runOf(page, whole), await runOf(page, runId)];
    expect(b.status, `${optimizer}, killed ${killed} times`).toBe('finished');
    expect(b.weightHash, `${optimizer}, killed ${killed} times`).toBe(a.weightHash);
  }
  await studio.close();
});
