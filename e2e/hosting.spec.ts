// Any static host will do: under a path, without our headers; and a new build reaches a page without breaking it.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { dist } from '../scripts/paths.mjs';
import { ready, serve } from './browser.mjs';
import { open } from './fixtures';
import { csvOf, easyRows, projectWith } from './pages/facade';

let undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});

async function served(options: Parameters<typeof serve>[0]) {
  const server = await serve(options);
  undo.push(server.close);
  return server;
}

/** A copy of the build that says it is another one. */
async function nextBuild(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'trainyard-build-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  await cp(dist, folder, { recursive: true });
  const page = path.join(folder, 'index.html');
  await writeFile(page, (await readFile(page, 'utf8')).replace('<html', '<html data-build="next"'));
  const worker = path.join(folder, 'service-worker.js');
  const source = await readFile(worker, 'utf8');
  const changed = source.replace(/("?revision"?:\s*["'`])\w+(["'`],\s*"?url"?:\s*["'`]index\.html)/, '$1next$2');
  expect(changed).not.toBe(source);
  await writeFile(worker, changed);
  return folder;
}

test('works under a path of a bare host: one reload makes it isolated and strict', async () => {
  const server = await served({ basePath: '/some/sub/path/', headers: {} });
  const { page } = await open({ url: server.url, serviceWorkers: 'allow', expectedErrors: /./ });
  await page.waitForFunction(() => crossOriginIsolated, null, { timeout: 30_000 });
  await ready(page);
  const policies = await page.evaluate(async () => {
    const scripts = performance.getEntriesByType('resource').map((entry) => entry.name);
    const answers = await Promise.all([location.href, ...scripts].map((address) => fetch(address)));
    return answers.map((answer) => answer.headers.get('content-security-policy'));
  });
  expect(policies.length).toBeGreaterThan(1);
  for (const policy of policies) expect(policy).toContain("require-trusted-types-for 'script'");
  const loads = await page.evaluate(() => performance.getEntriesByType('navigation').length);
  expect(loads).toBe(1);
  const { datasetId } = await projectWith(page, 'intent', 'rows.csv', csvOf(easyRows(90)));
  const { projectId } = await page.evaluate((id) => window.studio.datasets.get(id), datasetId);
  const run = await page.evaluate((id) => window.studio.train(id, { task: 'intent', seed: 0 }), projectId);
  expect(run.status).toBe('finished');
  await page.goto(`${server.url}#/p/${projectId}/runs`);
  await ready(page);
  expect(await page.evaluate((id) => window.studio.runs.list(id).then((runs) => runs.length), projectId)).toBe(1);
});

test('a new build reaches an idle page by itself, the old service worker notwithstanding', async () => {
  const first = await served({});
  const { page } = await open({ url: first.url, serviceWorkers: 'allow', expectedErrors: /./ });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await first.close();
  await served({ folder: await nextBuild(), port: first.port });
  await page.reload();
  await page.waitForFunction(() => document.documentElement.dataset['build'] === 'next', null, { timeout: 30_000 });
  await ready(page);
});

test('a page in use is asked, and takes the new build when told', async () => {
  const first = await served({});
  const { page } = await open({ url: first.url, serviceWorkers: 'allow', expectedErrors: /./ });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await first.close();
  await served({ folder: await nextBuild(), port: first.port });
  await page.reload();
  await ready(page);
  await page.keyboard.press('Tab');
  await page.getByText('A newer version is ready').waitFor({ timeout: 30_000 });
  await page.waitForTimeout(1000);
  expect(await page.evaluate(() => document.documentElement.dataset['build'])).toBeUndefined();
  await page.getByRole('button', { name: 'Reload into it' }).click();
  await page.waitForFunction(() => document.documentElement.dataset['build'] === 'next', null, { timeout: 30_000 });
});

test('a new build waits for a run, and comes when it has ended', async () => {
  const first = await served({});
  const { page } = await open({ url: first.url, serviceWorkers: 'allow', expectedErrors: /./ });
  await page.evaluate(() => navigator.serviceWorker.ready);
  const { projectId } = await projectWith(page, 'classifier', 'rows.csv', csvOf(easyRows(900)));
  await first.close();
  await served({ folder: await nextBuild(), port: first.port });
  await page.reload();
  await ready(page);
  const seen = await page.evaluate(async (id) => {
    const { runId } = await window.studio.runs.start(id, {
      task: 'classifier',
      config: { base: 'scratch', epochs: 200 },
    });
    for (;;) {
      const waiting = Boolean((await navigator.serviceWorker.getRegistration())?.waiting);
      const { status } = await window.studio.runs.get(runId);
      if (waiting || status === 'finished') {
        await new Promise((next) => setTimeout(next, 1000));
        return { waiting, status: (await window.studio.runs.get(runId)).status, runId };
      }
      await new Promise((next) => setTimeout(next, 50));
    }
  }, projectId);
  expect(seen).toMatchObject({ waiting: true, status: 'running' });
  await page.evaluate((id) => window.studio.runs.stop(id), seen.runId);
  await page.waitForFunction(() => document.documentElement.dataset['build'] === 'next', null, { timeout: 90_000 });
});
