// Proves that the walls between page, shared and worker hold: each deliberate violation must be refused.
// Lint violations are linted from memory; the type violation is compiled in a folder of its own and removed again.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cache, root, say } from './paths.mjs';

const violations = [
  ['page code that imports TensorFlow.js', 'src/views/violation.ts', `import '@tensorflow/tfjs-core';`],
  ['page code that loads TensorFlow.js late', 'src/views/violation.ts', `await import('@tensorflow/tfjs-core');`],
  ['worker code that loads a screen late', 'workers/violation.ts', `await import('../src/views/Home.svelte');`],
  ['a screen that imports worker code', 'src/views/Violation.svelte', `<script>import '../../workers/loop';</script>`],
  ['shared code that imports TensorFlow.js', 'src/lib/violation.ts', `import '@tensorflow/tfjs-core';`],
  ['shared code that uses the DOM', 'src/lib/violation.ts', `export const title = document.title;`],
  ['shared code that imports Svelte', 'src/formats/violation.ts', `import 'svelte';`],
  ['worker code that imports Svelte', 'workers/violation.ts', `import 'svelte';`],
  ['worker code that imports a screen', 'workers/violation.ts', `import '../src/views/Home.svelte';`],
  ['worker code that uses the DOM', 'workers/violation.ts', `export const title = document.title;`],
  ['a screen that reaches into a task', 'src/views/violation.ts', `import '../tasks/intent/train';`],
  ['the loop that reaches into a task', 'workers/violation.ts', `import '../src/tasks/intent/train';`],
  ['training code that draws unseeded', 'src/tasks/intent/train.ts', `export const draw = Math.random();`],
  ['markup put in as HTML', 'src/views/Violation.svelte', `<script>let text = '';</script>{@html text}`],
];

/** @returns {Promise<{ name: string, held: boolean }[]>} */
async function lintChecks() {
  const { ESLint } = await import('eslint');
  const eslint = new ESLint({ cwd: root });
  const walls = /^(no-restricted-|svelte\/no-at-html-tags)/;
  const results = [];
  for (const [name, file, code] of violations) {
    const [result] = await eslint.lintText(`${code}\n`, { filePath: path.join(root, file) });
    results.push({
      name,
      held: result.messages.some(({ ruleId, severity }) => severity === 2 && walls.test(ruleId ?? '')),
    });
  }
  return results;
}

function typeCheck() {
  const folder = path.join(cache, 'wall');
  mkdirSync(folder, { recursive: true });
  const config = { extends: '../../tsconfig.worker.json', include: ['violation.ts'], references: [] };
  const options = { noEmit: true, composite: false, emitDeclarationOnly: false, declaration: false, rootDir: '.' };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions: options }));
  writeFileSync(path.join(folder, 'violation.ts'), 'export const title = document.title;\n');
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  return { name: 'the DOM in a worker, by types', held: status !== 0 && /TS2584|TS2304/.test(stdout) };
}

/** Each wall with whether it held. */
export async function checkWalls() {
  return [...(await lintChecks()), typeCheck()];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const walls = await checkWalls();
  for (const { name, held } of walls) say(`${held ? 'held ' : 'OPEN '} ${name}`);
  process.exit(walls.every(({ held }) => held) ? 0 : 1);
}
