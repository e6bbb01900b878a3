// Makes sure the packages named by the lock file are there, and touches nothing when they are.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fail, root, say } from './paths.mjs';

const needed = [20, 19];

/** @param {string} file @returns {{ packages?: Record<string, { version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }> } | null} */
function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * The first package that the lock file names and node_modules does not have in that version, or null.
 * Optional packages (other platforms') may be missing.
 */
export function missingPackage(folder = root) {
  const wanted = readLock(path.join(folder, 'package-lock.json'))?.packages ?? {};
  const present = readLock(path.join(folder, 'node_modules', '.package-lock.json'))?.packages ?? {};
  for (const [name, entry] of Object.entries(wanted)) {
    if (name === '' || entry.link) continue;
    const found = present[name];
    const mayMiss = entry.optional || entry.devOptional;
    if (found ? found.version !== entry.version : !mayMiss) return name.replace(/^node_modules\//, '');
  }
  return null;
}

/** Installs with `npm ci` where something is missing. Ends the process with a clear message when it cannot. */
export function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < needed[0] || (major === needed[0] && minor < needed[1]))
    fail(`Node ${needed.join('.')} or newer is needed; this is ${process.versions.node}. Nothing was installed.`);
  const missing = missingPackage();
  if (missing === null) return;
  const modules = path.join(root, 'node_modules');
  if (existsSync(modules) && lstatSync(modules).isSymbolicLink()) {
    say(`node_modules is a link and lacks ${missing}: left as it is.`);
    return;
  }
  say(existsSync(modules) ? `Packages changed (${missing}): installing …` : 'First start: installing the packages …');
  const done = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (done.error) fail(`npm could not be started (${done.error.message}). It comes with Node; is it on the path?`);
  if (done.status !== 0)
    fail('Installing the packages failed (above). Is the package registry reachable? Then run the same command again.');
}
