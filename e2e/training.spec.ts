// Training as the page around it sees it: smooth by default, going on while hidden, on two backends, ended before a bad
// number is kept, and taken up again by itself when the graphics device is lost.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { processTree } from './browser.mjs';
import { open } from './fixtures';
import { csvOf, easyRows, projectWith } from './pages/facade';

const config = { base: 'scratch', epochs: 40, saveSteps: 20, evalSteps: 100, earlyStoppingPatience: 0 };

interface Asked {
  projectId: string;
  datasetId: string;
  config: Record<string, unknown>;
}

const train = (page: Page, asked: Asked) =>
  page.evaluate(async ({ projectId, datasetId, config: given }) => {
    const recipe = { task: 'classifier', dataset: datasetId, seed: 7, config: given };
    const { status, weightHash, backend, steps } = await window.studio.train(projectId, recipe);
    return { status, weightHash, backend, steps };
  }, asked);

/** Starts a run and resolves once it trains. */
const start = (page: Page, asked: Asked) =>
  page.evaluate(async ({ projectId, datasetId, config: given }) => {
    const recipe = { task: 'classifier', dataset: datasetId, seed: 7, config: given };
    const { runId } = await window.studio.runs.start(projectId, recipe);
    while (!(await window.studio.runs.events(runId)).some(({ kind }) => kind === 'checkpoint'))
      await new Promise((next) => setTimeout(next, 20));
    return runId;
  }, asked);

const ended = (page: Page, runId: string) =>
  page.evaluate(async (id) => {
    for (;;) {
      const run = await window.studio.runs.get(id);
      if (!['queued', 'running', 'interrupted'].includes(run.status)) return run;
      await new Promise((next) => setTimeout(next, 50));
    }
  }, runId);

test('the page stays smooth while it trains', async () => {
  const { page } = await open();
  const asked = await projectWith(page, 'classifier', 'rows.csv', csvOf(easyRows(3000)));
  const runId = await start(page, { ...asked, config: { ...config, epochs: 400, vectorSize: 128, hiddenSize: 256 } });
  // Three seconds are enough to tell; a machine that is busy elsewhere gets further tries, a page that is blocked fails all.
  await expect
    .poll(() => smoothness(page), { timeout: 30_000, interval: 10 })
    .toEqual({ rate: 'smooth', worst: 'short' });
  const still = await page.evaluate((id) => window.studio.runs.get(id).then(({ status }) => status), runId);
  await page.evaluate((id) => window.studio.runs.stop(id), runId);
  expect(still).toBe('running');
});

/** Over three seconds: 60 frames a second within a tenth, and 99 of 100 frames under 50 ms. Otherwise the figures. */
async function smoothness(page: Page): Promise<{ rate: string; worst: string }> {
  const frames = await page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        const frame = (now: number): void => {
          times.push(now);
          if (now - times[0]! < 3000) requestAnimationFrame(frame);
          else resolve(times.slice(1).map((time, i) => time - times[i]!));
        };
        requestAnimationFrame(frame);
      }),
  );
  frames.sort((a, b) => a - b);
  const perSecond = (1000 * frames.length) / frames.reduce((sum, ms) => sum + ms, 0);
  const late = frames[Math.floor(0.99 * frames.length)] ?? Infinity;
  return {
    rate: perSecond > 54 ? 'smooth' : `${perSecond.toFixed(1)} frames a second`,
    worst: late <= 50 ? 'short' : `${late.toFixed(0)} ms`,
  };
}

test('a hidden tab trains on', async () => {
  const { page, context } = await open();
  const asked = await projectWith(page, 'classifier', 'rows.csv', csvOf(easyRows(900)));
  const runId = await start(page, { ...asked, config: { ...config, epochs: 400 } });
  const other = await context.newPage();
  await other.bringToFront();
  const stepsOf = () => page.evaluate((id) => window.studio.runs.get(id).then(({ steps }) => steps), runId);
  const before = await stepsOf();
  await expect.poll(stepsOf, { timeout: 10_000 }).toBeGreaterThan(before);
  await page.evaluate((id) => window.studio.runs.stop(id), runId);
});

test('a loss that is no number ends the run by name and keeps the last good checkpoint', async () => {
  const { page } = await open();
  const asked = await projectWith(page, 'classifier', 'rows.csv', csvOf(easyRows(300)));
  const found = await page.evaluate(
    async ({ projectId, datasetId, config: given }) => {
      // Each step multiplies the weights by minus nine.
      const wild = {
        ...given,
        optimizer: 'sgd',
        momentum: 0,
        learningRate: 1,
        weightDecay: 10,
        warmupSteps: 0,
        schedule: 'constant',
      };
      const recipe = { task: 'classifier', dataset: datasetId, seed: 7, config: { ...wild, saveSteps: 5 } };
      const error = await window.studio.train(projectId, recipe).then(
        () => null,
        (refusal: Error) => refusal,
      );
      const [run] = await window.studio.runs.list(projectId);
      const checkpoints = await window.studio.runs.checkpoints(run!.id);
      return { name: error?.name, message: error?.message, status: run!.status, checkpoints, modelId: run!.modelId };
    },
    { ...asked, config },
  );
  expect(found).toMatchObject({ name: 'RecipeError', status: 'failed', modelId: null });
  const stopped = Number(/step (\d+)/.exec(found.message ?? '')?.[1]);
  expect(found.checkpoints.length).toBeGreaterThan(0);
  for (const { step } of found.checkpoints) expect(step).toBeLessThan(stopped);
});

test('a lost graphics device is noticed, and the run ends by itself with the weights of an uninterrupted one', async () => {
  const { page, pid } = await open({ adapter: 'software', expectedErrors: /./ });
  const asked = await projectWith(page, 'classifier', 'rows.csv', csvOf(easyRows(600)));
  await page.evaluate(() => window.studio.settings.set({ backend: 'webgpu' }));
  const given = { ...asked, config: { ...config, epochs: 6, vectorSize: 16 } };
  const whole = await train(page, given);
  expect(whole).toMatchObject({ status: 'finished', backend: 'webgpu' });
  const runId = await start(page, given);
  const noticed = page.evaluate(
    (id) =>
      new Promise<number>((resolve) => {
        window.studio.runs.subscribe((event) => {
          if (event.type === 'status' && event.runId === id && event.run.status === 'interrupted') resolve(Date.now());
        });
      }),
    runId,
  );
  const killed = Date.now();
  await killGpuProcess(pid());
  expect((await noticed) - killed).toBeLessThan(2000);
  const run = await ended(page, runId);
  expect(run).toMatchObject({ status: 'finished', weightHash: whole.weightHash, backend: 'webgpu' });
  const notes = await page.evaluate((id) => window.studio.runs.events(id), runId);
  expect(notes.some(({ message }) => message?.startsWith('Resumed from the checkpoint'))).toBe(true);
}, 180_000);

/** The browser's own GPU process, found among the descendants of its first process. */
async function killGpuProcess(browser: number): Promise<void> {
  let killed = 0;
  for (const id of processTree(browser)) {
    const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (line.includes('--type=gpu-process')) killed += Number(process.kill(id, 'SIGKILL'));
  }
  expect(killed, 'GPU processes of the browser').toBeGreaterThan(0);
}
