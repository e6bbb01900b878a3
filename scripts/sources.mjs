// Whether dist/ was built from the sources as they are now: one hash over what goes into it, kept inside it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { dist, root } from './paths.mjs';

const parts = [
  'src',
  'workers',
  'public',
  'sample-data',
  'scripts/headers.mjs',
  'scripts/model-host.mjs',
  'scripts/wasm.mjs',
  'index.html',
  'vite.config.ts',
  'package.json',
  'package-lock.json',
];
const aside = /\.test\.ts$|\.md$|^src\/lib\/testing\//;
const stamp = '.sources';

/** @param {string} relative @returns {string[]} */
function filesUnder(relative) {
  const full = path.join(root, relative);
  const info = statSync(full, { throwIfNoEntry: false });
  if (!info) return [];
  if (!info.isDirectory()) return [relative];
  return readdirSync(full)
    .sort()
    .flatMap((name) => filesUnder(`${relative}/${name}`));
}

/** SHA-256 over the paths and bytes of all that a build reads. */
export function sourcesHash() {
  const hash = createHash('sha256');
  for (const file of parts.flatMap(filesUnder)) {
    if (!aside.test(file))
      hash
        .update(`${file}\0`)
        .update(readFileSync(path.join(root, file)))
        .update('\0');
  }
  return hash.digest('hex');
}

export const stampFile = (folder = dist) => path.join(folder, stamp);

export function distIsCurrent() {
  try {
    statSync(path.join(dist, 'index.html'));
    return readFileSync(stampFile(), 'utf8') === sourcesHash();
  } catch {
    return false;
  }
}
