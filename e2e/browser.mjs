// Serves the build and opens it in a real Chromium: what specs and benches share. Knows nothing of screens.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from '../scripts/find-browser.mjs';
import { dist } from '../scripts/paths.mjs';
import { createHandler, listen } from '../scripts/serve.mjs';

const always = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const softwareGpu = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-domain-blocking-for-3d-apis',
  '--disable-gpu-process-crash-limit',
];

/**
 * Serves a folder on a free port of this computer.
 * @param {{ folder?: string, basePath?: string, headers?: Record<string, string>, port?: number }} [options]
 *   `headers: {}` is a bare static host.
 */
export async function serve({ folder = dist, basePath = '/', headers, port = 0 } = {}) {
  const handler = createHandler({ folder, basePath, ...(headers ? { headers } : {}) });
  const server = await listen(handler, port);
  return { ...server, url: server.url + basePath.slice(1) };
}

/**
 * @typedef {object} Opened
 * @property {import('playwright-core').BrowserContext} context
 * @property {import('playwright-core').Page} page
 * @property {string} profile folder of the browser's profile
 * @property {() => number} pid of the browser's first process
 * @property {{ foreign: string[], violations: string[], errors: string[] }} seen what must stay empty
 * @property {() => Promise<void>} close also removes a profile made here
 */

/**
 * Opens the studio in a browser with a profile of its own and waits until `window.studio` is there.
 * @param {{ url: string, adapter?: 'software' | 'none', profile?: string, width?: number, height?: number,
 *   scheme?: 'light' | 'dark', serviceWorkers?: 'allow' | 'block', args?: string[],
 *   beforeFirstPage?: (context: import('playwright-core').BrowserContext) => Promise<void> }} options
 * @returns {Promise<Opened>}
 */
export async function openStudio({
  url,
  adapter = 'none',
  profile,
  width = 1440,
  height = 900,
  scheme = 'light',
  serviceWorkers = 'allow',
  args = [],
  beforeFirstPage,
}) {
  const folder = profile ?? (await mkdtemp(path.join(os.tmpdir(), 'trainyard-profile-')));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: await findChromium(),
    ...flags(adapter, args),
    viewport: { width, height },
    colorScheme: scheme,
    serviceWorkers,
    acceptDownloads: true,
  });
  const seen = watch(context, new URL(url).origin);
  await beforeFirstPage?.(context);
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(url);
  await ready(page);
  const close = async () => {
    await context.close().catch(() => undefined);
    if (!profile) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { context, page, profile: folder, pid: () => mainProcess(folder), seen, close };
}

/**
 * A bare browser without a profile or the studio.
 * @param {{ adapter?: 'software' | 'none' }} [options]
 */
export async function launch({ adapter = 'none' } = {}) {
  return chromium.launch({ executablePath: await findChromium(), ...flags(adapter) });
}

/** @param {'software' | 'none'} adapter */
const flags = (adapter, args = []) => ({
  args: [...always, ...(adapter === 'software' ? softwareGpu : []), ...args],
  ...(adapter === 'software' ? { ignoreDefaultArgs: ['--disable-gpu'] } : {}),
});

/** Waits until the page's facade is there. @param {import('playwright-core').Page} page */
export async function ready(page) {
  await page.waitForFunction(() => Boolean(window.studio), null, { timeout: 60_000 });
}

/** Notes foreign requests, policy violations and errors of every page of a context, from its first line on. */
function watch(context, origin) {
  const seen = { foreign: [], violations: [], errors: [] };
  const local = new RegExp(`^(${origin}/|(blob:|data:|about:|chrome))`);
  context.on('request', (request) => {
    if (!local.test(request.url())) seen.foreign.push(request.url());
  });
  const listen = (page) => {
    page.on('pageerror', (error) => seen.errors.push(String(error)));
    page.on('console', (message) => {
      const text = message.text();
      if (/Content Security Policy|Trusted ?Type|TrustedScript|TrustedHTML/i.test(text)) seen.violations.push(text);
      else if (message.type() === 'error') seen.errors.push(text);
    });
  };
  for (const page of context.pages()) listen(page);
  context.on('page', listen);
  return seen;
}

/** @param {string} folder */
function mainProcess(folder) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (command.includes(`--user-data-dir=${folder}`) && !command.includes('--type=')) return Number(pid);
    } catch {
      continue; // ended meanwhile
    }
  }
  throw new Error('The browser’s process was not found.');
}

/** Pids of a process and all below it. @param {number} first */
export function processTree(first) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(
        readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) \S /, '')
          .split(' ')[0],
      );
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      continue; // ended meanwhile
    }
  }
  const all = [first];
  for (let at = 0; at < all.length; at++) all.push(...(children.get(all[at]) ?? []));
  return all;
}

/** Resident memory of all processes of a browser, in bytes (Linux). @param {number} pid */
export function residentBytes(pid) {
  let pages = 0;
  for (const each of processTree(pid)) {
    try {
      pages += Number(readFileSync(`/proc/${each}/statm`, 'utf8').split(' ')[1]);
    } catch {
      continue; // ended meanwhile
    }
  }
  return pages * 4096;
}

/**
 * Samples resident memory every 100 ms until `stop()`, which returns bytes at rest (now) and at the highest.
 * @param {number} pid
 */
export function sampleMemory(pid) {
  const rest = residentBytes(pid);
  let peak = rest;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(pid));
  }, 100);
  return {
    stop() {
      clearInterval(timer);
      return { rest, peak: Math.max(peak, residentBytes(pid)) };
    },
  };
}

/** Crashes a page's renderer as a lost tab would. @param {import('playwright-core').Page} page */
export async function crashTab(page) {
  const session = await page.context().newCDPSession(page);
  session.send('Page.crash').catch(() => undefined);
  await page.waitForEvent('crash', { timeout: 10_000 }).catch(() => undefined);
}

/**
 * Puts files into the page as `window.given` (File[]), in pieces, so that large ones pass too.
 * @param {import('playwright-core').Page} page
 * @param {{ name: string, text?: string, bytes?: Uint8Array }[]} files
 */
export async function giveFiles(page, files) {
  const piece = 8 << 20;
  await page.evaluate(() => Object.assign(window, { given: [] }));
  for (const { name, text, bytes } of files) {
    const base64 = Buffer.from(bytes ?? Buffer.from(text ?? '', 'utf8')).toString('base64');
    await page.evaluate(() => Object.assign(window, { parts: [] }));
    for (let at = 0; at < base64.length; at += piece)
      await page.evaluate(
        (part) => window.parts.push(Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0))),
        base64.slice(at, at + piece),
      );
    await page.evaluate((fileName) => {
      window.given.push(new File(window.parts, fileName));
      window.parts = [];
    }, name);
  }
}
