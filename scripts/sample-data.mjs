// Writes the samples under sample-data/ with fixed seeds: the same bytes every time (`--check` compares only).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, say } from './paths.mjs';
import { libraryTaxonomy } from './sample-data/library-taxonomy.mjs';
import { supportIntents } from './sample-data/support-intents.mjs';

let changed = 0;
for (const { id, files, summary } of [supportIntents, libraryTaxonomy]) {
  const folder = path.join(root, 'sample-data', id);
  if (!process.argv.includes('--check')) mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    if (!process.argv.includes('--check')) writeFileSync(file, text);
    else if (readFileSync(file, 'utf8') !== text) {
      changed++;
      say(`${id}/${name} is not what the script writes: run npm run sample-data.`);
    }
  }
  if (!process.argv.includes('--check')) say(`${id}: ${summary}.`);
}
process.exit(changed ? 1 : 0);
