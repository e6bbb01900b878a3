// `npm run test:interop`: exported models in Python give the studio's answers, and folders of Python's libraries are read here
// with the same numbers. Makes its own Python environment; where there is no Python, or its packages cannot be had, the tests
// that need them are skipped and the reason is shown.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { buildIfStale } from './build-if-stale.mjs';
import { ensureInstalled } from './install.mjs';
import { root, say } from './paths.mjs';

const intents = {
  'intent: the defaults': {},
  'intent: isotonic, without temperature': { calibration: 'isotonic', temperature: false },
  'intent: words and letters': { analyzer: 'word+char' },
  'intent: letters, sublinear': { analyzer: 'char_wb', sublinearTf: true },
  'intent: logistic': { classifier: 'logistic' },
};
const intentTolerance = 1e-6;

ensureInstalled();
const { converse, pythonWith } = await import('../e2e/interop/python.mjs');
const { caseNames, runFolders, tolerance } = await import('../e2e/interop/folders.mjs');

let passed = 0;
let failed = 0;
let skipped = 0;

/** @param {string[]} names @param {string} reason */
function skip(names, reason) {
  skipped += names.length;
  say(`Skipped ${names.length} (${names[0]} …): ${reason}.`);
}

/** @param {number} limit @returns {(name: string, work: () => Promise<number>) => Promise<void>} */
const runWithin = (limit) => async (name, work) => {
  try {
    const difference = await work();
    const fine = difference <= limit;
    if (fine) passed++;
    else failed++;
    say(`${fine ? 'passed' : 'FAILED'}  ${name}: largest difference ${difference.toExponential(1)}`);
  } catch (error) {
    failed++;
    say(`FAILED  ${name}: ${error instanceof Error ? error.message : error}`);
  }
};

const plain = pythonWith(['numpy']);
const libraries = 'reason' in plain ? plain : pythonWith(['torch', 'transformers', 'sentence-transformers', 'peft']);
if ('reason' in plain) skip(Object.keys(intents), plain.reason);
if ('reason' in libraries) skip(caseNames, libraries.reason);
if ('python' in plain) {
  buildIfStale();
  const { openStudio, serve } = await import('../e2e/browser.mjs');
  const { ask, compareAnswers, trainAndExport } = await import('../e2e/intent-export.mjs');
  const server = await serve();
  const openPage = () => openStudio({ url: server.url, serviceWorkers: 'block' });
  for (const [name, config] of Object.entries(intents))
    await runWithin(intentTolerance)(name, async () => {
      const studio = await openPage();
      try {
        const { folder, texts, answers } = await trainAndExport(studio.page, config);
        const theirs = await ask(plain.python, ['predict.py', '--top', '1000'], folder, texts);
        await rm(folder, { recursive: true, force: true });
        const { difference, labels } = compareAnswers(answers, theirs);
        if (labels > 0) throw new Error(`${labels} of ${texts.length} texts got another label.`);
        return difference;
      } finally {
        await studio.close();
      }
    });
  if ('python' in libraries) {
    const program = path.join(root, 'e2e', 'interop', 'folders.py');
    const python = await converse(libraries.python, program);
    await runFolders(openPage, python, runWithin(tolerance));
    python.end();
  }
  await server.close();
}
say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed ? 1 : 0);
