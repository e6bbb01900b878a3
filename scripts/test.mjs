// `npm test`: everything, in order, from a fresh clone on: lint, types, walls, units, build, browser specs.
// Goes on after a failure, so that one run tells all, and ends with `N passed, N failed, N skipped`.
// `--soak` runs the long specs (e2e/soak) instead of the short ones.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureInstalled } from './install.mjs';
import { cache, root, say } from './paths.mjs';

const soak = process.argv.includes('--soak');
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const failures = [];
/** @type {string[]} */
const skips = [];

function count(name, passed) {
  if (passed) total.passed++;
  else {
    total.failed++;
    failures.push(name);
  }
}

/** Runs a package's command of this project. @param {string} name @param {string[]} args */
function command(name, ...args) {
  return [process.execPath, [path.join(root, 'node_modules', name), ...args]];
}

function run([file, args]) {
  return spawnSync(file, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

function headline(title) {
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  say(`\n── ${title} (${seconds} s)`);
}

/**
 * Checks that take one core each, side by side; one entry each in the count. What they say is shown when all have ended, in
 * order. @param {Record<string, [string, string[]]>} checks
 */
async function checkTogether(checks) {
  headline(Object.keys(checks).join(', '));
  const ended = Object.entries(checks).map(async ([title, [file, args]]) => {
    const child = spawn(file, args, { cwd: root });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    const status = await new Promise((resolve) => child.on('close', resolve).on('error', () => resolve(1)));
    return { title, said, passed: status === 0 };
  });
  for (const { title, said, passed } of await Promise.all(ended)) {
    say(`${passed ? 'passed' : 'FAILED'}  ${title}${said.trim() ? `\n${said.trimEnd()}` : ''}`);
    count(title, passed);
  }
}

/** A Vitest project; each of its tests counts, and so does each file that could not even be read. */
function suite(title, ...args) {
  headline(title);
  const report = path.join(cache, `${title.replaceAll(' ', '-')}.json`);
  mkdirSync(cache, { recursive: true });
  rmSync(report, { force: true });
  const vitest = command(
    'vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  );
  const good = run(vitest);
  let failedBefore = total.failed;
  try {
    for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
      const name = path.relative(root, file.name);
      for (const { fullName, status } of file.assertionResults) {
        if (status === 'passed') total.passed++;
        else if (status === 'failed') count(`${name} › ${fullName}`, false);
        else {
          total.skipped++;
          skips.push(`${name} › ${fullName}`);
        }
      }
      if (file.status === 'failed' && file.assertionResults.length === 0) count(`${name}: ${file.message}`, false);
    }
  } catch (error) {
    count(`${title}: no report (${error instanceof Error ? error.message : error})`, false);
  }
  if (!good && total.failed === failedBefore) count(`${title} did not end well`, false);
}

const started = Date.now();
ensureInstalled();
process.env.NO_OPEN = '1';

if (!soak) {
  await checkTogether({
    lint: command('eslint/bin/eslint.js', '.', '--max-warnings=0'),
    types: command('typescript/bin/tsc', '-b'),
  });
  await checkTogether({
    formatting: command('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'),
    'types of components': command(
      'svelte-check/bin/svelte-check',
      '--tsconfig',
      './tsconfig.page.json',
      '--fail-on-warnings',
    ),
    'sample data are what the script writes': [
      process.execPath,
      [path.join(root, 'scripts', 'sample-data.mjs'), '--check'],
    ],
  });
  headline('walls');
  const { checkWalls } = await import('./check-wall.mjs');
  for (const { name, held } of await checkWalls()) {
    say(`${held ? 'held' : 'OPEN'}  ${name}`);
    count(`wall: ${name}`, held);
  }
  suite('units');
}

headline('build');
const built = run([process.execPath, [path.join(root, 'scripts', 'build.mjs')]]);
count('build', built);
if (built) {
  headline('browser');
  const { findChromium } = await import('./find-browser.mjs');
  try {
    process.env.CHROMIUM = await findChromium();
    say(process.env.CHROMIUM);
    suite(soak ? 'long specs' : 'specs', '--config', 'e2e/vitest.config.ts', ...(soak ? ['e2e/soak'] : []));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    count('a Chromium for the browser specs', false);
  }
}

if (skips.length) say(`\nSkipped:\n${skips.map((name) => `  ${name}`).join('\n')}`);
if (failures.length) say(`\nFailed:\n${failures.map((name) => `  ${name}`).join('\n')}`);
say(`\nTook ${((Date.now() - started) / 1000).toFixed(0)} s.`);
say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
