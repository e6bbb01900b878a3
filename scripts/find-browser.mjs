// Finds a Chromium for tests and benches, or gets one: Playwright's own, an installed Chrome or Chromium, the
// distribution's package (as root). Says clearly what to do when there is none.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium, firefox, webkit } from 'playwright-core';
import { cache, root, say } from './paths.mjs';

const download = 'https://cdn.playwright.dev/';
const remembered = path.join(cache, 'no-download.json');
const dayMs = 24 * 60 * 60 * 1000;
const installed = {
  linux: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'],
};

/** @param {string} command */
function onPath(command) {
  if (path.isAbsolute(command)) return existsSync(command) ? command : null;
  for (const folder of (process.env.PATH ?? '').split(path.delimiter).concat('/usr/bin', '/snap/bin')) {
    const full = path.join(folder, command);
    if (folder && existsSync(full)) return full;
  }
  return null;
}

/** Whether Playwright's downloads answer here. A no is believed for a day, so that no test run waits for it again. */
export async function canDownload() {
  try {
    if (Date.now() - JSON.parse(readFileSync(remembered, 'utf8')).at < dayMs) return false;
  } catch {
    // Never asked before.
  }
  try {
    await fetch(download, { method: 'HEAD', signal: AbortSignal.timeout(5000) });
    return true;
  } catch {
    mkdirSync(cache, { recursive: true });
    writeFileSync(remembered, JSON.stringify({ at: Date.now() }));
    return false;
  }
}

/** @param {'chromium' | 'firefox' | 'webkit'} name */
function downloadWithPlaywright(name) {
  const cli = path.join(path.dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');
  say(`Downloading ${name} for the tests …`);
  const done = spawnSync(process.execPath, [cli, 'install', name], { cwd: root, stdio: 'inherit', timeout: 300_000 });
  return done.status === 0;
}

/** @param {import('playwright-core').BrowserType} type */
function own(type) {
  try {
    const file = type.executablePath();
    return file && existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

function fromDistribution() {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  if (!isRoot || !onPath('apt-get')) return null;
  say('Installing the distribution’s Chromium for the tests …');
  try {
    const options = { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 };
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
  } catch {
    return null;
  }
  return onPath('chromium');
}

/** The path of a Chromium. Rejects with what to do where none can be had. `CHROMIUM` names one of your own. */
export async function findChromium() {
  const given = process.env.CHROMIUM;
  if (given) {
    if (existsSync(given)) return given;
    throw new Error(`CHROMIUM names ${given}, which does not exist.`);
  }
  const ready = own(chromium);
  if (ready) return ready;
  if ((await canDownload()) && downloadWithPlaywright('chromium')) {
    const fresh = own(chromium);
    if (fresh) return fresh;
  }
  for (const command of installed[process.platform] ?? []) {
    const found = onPath(command);
    if (found) return found;
  }
  const packaged = fromDistribution();
  if (packaged) return packaged;
  throw new Error(
    'No Chromium was found, none could be downloaded and none installed. Install Chrome or Chromium, or name one: CHROMIUM=<path> npm test',
  );
}

/**
 * A Firefox or WebKit of Playwright's, or why there is none.
 * @param {'firefox' | 'webkit'} name
 * @returns {Promise<{ path: string } | { reason: string }>}
 */
export async function findOther(name) {
  const type = name === 'firefox' ? firefox : webkit;
  const ready = own(type);
  if (ready) return { path: ready };
  if (!(await canDownload())) return { reason: `Playwright’s ${name} is not installed and cannot be downloaded here` };
  if (downloadWithPlaywright(name) && own(type)) return { path: own(type) };
  return { reason: `Playwright’s ${name} could not be installed` };
}
