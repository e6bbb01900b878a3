// `npm run build`: a static dist/ that works from any host and under any path. Built aside, then put in place
// whole, so that a running server never shows half a build.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureInstalled } from './install.mjs';
import { cache, dist, root, say } from './paths.mjs';
import { sourcesHash, stampFile } from './sources.mjs';

ensureInstalled();
const { build } = await import('vite');
mkdirSync(cache, { recursive: true });
const fresh = mkdtempSync(path.join(cache, 'dist-'));
try {
  const hash = sourcesHash();
  await build({ root, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
  chmodSync(fresh, 0o755);
  writeFileSync(stampFile(fresh), hash);
  const old = `${fresh}-old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
  say('Built dist/.');
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
