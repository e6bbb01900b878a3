// The build opens, says what it runs on, and costs little before first use.
import { expect, inject, test } from 'vitest';
import { findOther } from '../scripts/find-browser.mjs';
import { firefox, webkit } from 'playwright-core';
import { open } from './fixtures';

const budgetBytes = 400 * 1024;

test('opens with a facade, a sample and a backend', async () => {
  const { page } = await open();
  const ready = await page.evaluate(() => window.studio.ready());
  expect(['wasm', 'cpu']).toContain(ready.backend);
  expect(ready.crossOriginIsolated).toBe(true);
  const samples = await page.evaluate(() => window.studio.samples());
  expect(samples.map(({ id, task, rows }) => ({ id, task, rows }))).toContainEqual({
    id: 'support-intents',
    task: 'intent',
    rows: 2140,
  });
});

test('a first visit stays within 400 kB on the wire', async () => {
  const { page, context } = await open();
  const session = await context.newCDPSession(page);
  await page.goto('about:blank');
  let bytes = 0;
  session.on('Network.loadingFinished', (event) => {
    bytes += event.encodedDataLength;
  });
  await session.send('Network.enable');
  await session.send('Network.clearBrowserCache');
  await page.goto(inject('url'));
  await page.waitForFunction(() => Boolean(window.studio));
  await page.waitForTimeout(1500);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(budgetBytes);
});

test('every answer of the server carries the policy, workers and errors included', async () => {
  const url = inject('url');
  const { page } = await open();
  const scripts = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name));
  for (const address of [url, ...scripts, `${url}missing`, `${url}service-worker.js`]) {
    const answer = await fetch(address);
    expect(answer.headers.get('content-security-policy'), address).toContain("default-src 'none'");
    expect(answer.headers.get('cross-origin-embedder-policy'), address).toBe('require-corp');
  }
});

test('nothing outside the folder is served, and 127.0.0.1 leads to localhost', async () => {
  const url = new URL(inject('url'));
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/.sources', '/assets/%00'])
    expect((await fetch(`${url.origin}${path}`)).status, path).toBe(404);
  const moved = await fetch(`http://127.0.0.1:${url.port}/x?y=1`, { redirect: 'manual' });
  expect(moved.status).toBe(308);
  expect(moved.headers.get('location')).toBe(`http://localhost:${url.port}/x?y=1`);
});

for (const [name, type] of [
  ['firefox', firefox],
  ['webkit', webkit],
] as const) {
  const found = await findOther(name);
  test.skipIf('reason' in found)(
    `opens in ${name}${'reason' in found ? ` (skipped: ${found.reason})` : ''}`,
    async () => {
      const browser = await type.launch('path' in found ? { executablePath: found.path } : {});
      try {
        const page = await browser.newPage();
        await page.goto(inject('url'));
        await page.waitForFunction(() => Boolean(window.studio));
        expect(await page.evaluate(() => window.studio.samples().length)).toBeGreaterThan(0);
      } finally {
        await browser.close();
      }
    },
  );
}
