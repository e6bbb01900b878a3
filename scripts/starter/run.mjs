// Makes public/models/starter: word-piece vectors distilled from all-MiniLM-L6-v2 by our own engine, in plain Node. Remade
// rarely, for each remake stays in the history. About half an hour on two cores, most of it reading by the teacher.
//     node scripts/starter/run.mjs --teacher <folder of all-MiniLM-L6-v2> --texts <folder of .txt> [--out <folder>] [--keep <folder>] [--threads 2]
// `--keep` names a folder for the teacher's vectors: what it has is not read again, so a run may be stopped and go on.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { cache, fail, root, say } from '../paths.mjs';
import { loadKernels, startThread } from '../wasm-node.mjs';

setFlagsFromString('--experimental-wasm-relaxed-simd');
const { values } = parseArgs({
  options: {
    teacher: { type: 'string' },
    texts: { type: 'string' },
    out: { type: 'string' },
    keep: { type: 'string' },
    threads: { type: 'string', default: '2' },
  },
});
if (!values.teacher || !values.texts)
  fail('Say where the teacher and the texts are: --teacher <folder> --texts <folder>.');

// Node runs no TypeScript, so the engine is bundled with what uses it.
const { build } = await import('rolldown');
const folder = path.join(cache, 'starter');
mkdirSync(folder, { recursive: true });
const file = path.join(folder, `distil-${process.pid}.mjs`);
await build({
  input: path.join(root, 'scripts', 'starter', 'distil.mjs'),
  platform: 'node',
  logLevel: 'warn',
  output: { file, format: 'esm' },
});
const { distil } = await import(pathToFileURL(file).href);
await distil({
  device: { load: loadKernels, startThread, threads: Number(values.threads) },
  teacher: values.teacher,
  texts: values.texts,
  out: values.out ?? path.join(root, 'public', 'models', 'starter'),
  keep: values.keep ?? null,
  say,
});
process.exit(0);
