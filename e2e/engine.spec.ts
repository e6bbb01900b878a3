// The WebAssembly device in a real browser, under the full policy: nested threads, equal bits, a thread that dies.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { securityHeaders } from '../scripts/headers.mjs';
import { root } from '../scripts/paths.mjs';
import { wasmKernels } from '../scripts/wasm.mjs';
import { launch, serve } from './browser.mjs';
import type { Order } from './engine/threads.worker';

let folder: string;
let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'trainyard-threads-'));
  await build({
    root: path.join(root, 'e2e', 'engine'),
    configFile: false,
    base: './',
    logLevel: 'error',
    plugins: [wasmKernels()],
    worker: { format: 'es' },
    build: { outDir: folder, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0 },
  });
  server = await serve({ folder, headers: securityHeaders });
  browser = await launch();
  page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(server.url);
  await page.waitForFunction(() => 'ask' in window);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (order: Order) => page.evaluate((given) => window.ask(given), order);

test.each(['relaxed', 'simd'] as const)('%s: the number of threads changes no bit', async (kernels) => {
  const one = await ask({ threads: 1, build: kernels, steps: 20 });
  expect(one.threads).toBe(1);
  expect(one.loss).toBeLessThan(2.4);
  for (const threads of [2, 3]) expect(await ask({ threads, build: kernels, steps: 20 })).toEqual({ ...one, threads });
});

test('threads end with their device', async () => {
  await ask({ threads: 3, steps: 2 });
  // The worker that answers is left.
  await expect.poll(workerThreads, { timeout: 5000 }).toBe(1);
});

test('a thread that dies fails the step within a second, by name', async () => {
  const { error } = await ask({ threads: 2, steps: 3, kill: true });
  expect(error).toMatchObject({ name: 'DeviceError' });
  expect(error?.message).toContain('The run can be resumed from its last checkpoint');
  expect(error?.afterMs).toBeLessThan(1200);
  expect(complaints).toEqual([]);
});

/** Whether this test started the process, by way of others; a machine may have more browsers. */
async function isOurs(pid: number): Promise<boolean> {
  if (pid <= 1) return false;
  if (pid === process.pid) return true;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return isOurs(Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0));
}

/** Worker threads of the page's process (Linux). */
async function workerThreads(): Promise<number> {
  let count = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('--type=renderer') || !(await isOurs(Number(pid)))) continue;
    for (const thread of await readdir(`/proc/${pid}/task`).catch(() => []))
      if ((await readFile(`/proc/${pid}/task/${thread}/comm`, 'utf8').catch(() => '')).startsWith('DedicatedWorker'))
        count++;
  }
  return count;
}
