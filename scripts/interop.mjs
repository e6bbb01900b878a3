// `npm run test:interop`: the exported intent model in Python gives the studio's probabilities. Makes its own Python
// environment; where there is no Python, or numpy cannot be had, the tests are skipped and the reason is shown.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { buildIfStale } from './build-if-stale.mjs';
import { ensureInstalled } from './install.mjs';
import { cache, say } from './paths.mjs';

const settings = {
  'the defaults': {},
  'isotonic, without temperature': { calibration: 'isotonic', temperature: false },
  'words and letters': { analyzer: 'word+char' },
  'letters, sublinear': { analyzer: 'char_wb', sublinearTf: true },
  logistic: { classifier: 'logistic' },
};
const tolerance = 1e-6;

/** A Python with numpy, or why there is none. */
function findPython() {
  const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore', timeout: 300_000 }).status === 0;
  const bin = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const own = path.join(cache, 'python', ...bin);
  if (existsSync(own) && runs(own, '-c', 'import numpy')) return { python: own };
  const system = ['python3', 'python'].find((name) => runs(name, '--version'));
  if (!system) return { reason: 'no Python is installed' };
  if (!runs(system, '-m', 'venv', path.join(cache, 'python'))) return { reason: 'Python cannot make an environment' };
  if (!runs(own, '-m', 'pip', 'install', '-q', 'numpy')) return { reason: 'numpy could not be installed' };
  return { python: own };
}

ensureInstalled();
const found = findPython();
const names = Object.keys(settings);
if ('reason' in found) {
  say(`Skipped: ${found.reason}.`);
  say(`0 passed, 0 failed, ${names.length} skipped`);
  process.exit(0);
}
buildIfStale();
const { openStudio, serve } = await import('../e2e/browser.mjs');
const { ask, compareAnswers, trainAndExport } = await import('../e2e/intent-export.mjs');
const server = await serve();
let failed = 0;
for (const name of names) {
  const studio = await openStudio({ url: server.url, serviceWorkers: 'block' });
  try {
    const { folder, texts, answers } = await trainAndExport(studio.page, settings[name]);
    const { difference, labels } = compareAnswers(
      answers,
      await ask(found.python, ['predict.py', '--top', '1000'], folder, texts),
    );
    const fine = labels === 0 && difference <= tolerance;
    if (!fine) failed++;
    say(
      `${fine ? 'passed' : 'FAILED'}  ${name}: ${texts.length} texts, largest difference ${difference.toExponential(1)}`,
    );
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    failed++;
    say(`FAILED  ${name}: ${error instanceof Error ? error.message : error}`);
  }
  await studio.close();
}
await server.close();
say(`${names.length - failed} passed, ${failed} failed, 0 skipped`);
process.exit(failed ? 1 : 0);
