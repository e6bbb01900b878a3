// Builds dist/ in a process of its own where the sources are newer. Used by start, tests and benches.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fail, root, say } from './paths.mjs';
import { distIsCurrent } from './sources.mjs';

export function buildIfStale() {
  if (distIsCurrent()) return;
  say('Building the studio …');
  const built = spawnSync(process.execPath, [path.join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) fail('The build failed (above). Nothing is served.');
}
