// `npm run wasm`: compiles workers/kernels/all.as.ts into four modules under .cache/wasm/, when a source changed, and
// beside them the small module of the linear classifiers (workers/kernels/linear/).
// `npm run wasm -- <file.as.ts>` only checks one file. Called by the build, by the dev server and by tests.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cache, fail, root, say } from './paths.mjs';

const kernels = path.join(root, 'workers', 'kernels');
const linear = path.join(kernels, 'linear');
export const wasmFolder = path.join(cache, 'wasm');
const stamp = path.join(wasmFolder, 'sources');

/** Largest memory a module accepts, in pages of 64 KiB: all of a 32-bit address space. */
const mostPages = 65536;
const flags = [
  ...['--runtime', 'stub', '--importMemory', '--sharedMemory', '--zeroFilledMemory'],
  ...['--initialMemory', '2', '--maximumMemory', String(mostPages)],
  // The first 4 KiB are the threads' own (workers/backends/wasm-control.ts).
  ...['--memoryBase', '4096'],
  ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory'],
  ...['-O3', '--noAssert', '--noColors'],
];
const variants = { relaxed: ['--enable', 'relaxed-simd', '--use', 'RELAXED=1'], simd: [] };

function sourcesHash() {
  const hash = createHash('sha256').update(readFileSync(new URL(import.meta.url)));
  hash.update(readFileSync(path.join(root, 'node_modules', 'assemblyscript', 'package.json')));
  for (const folder of [kernels, linear])
    for (const name of readdirSync(folder)
      .filter((each) => each.endsWith('.as.ts'))
      .sort())
      hash
        .update(`${name}\0`)
        .update(readFileSync(path.join(folder, name)))
        .update('\0');
  return hash.digest('hex');
}

/** @param {string} entry @param {string[]} more @returns {Promise<Uint8Array>} */
async function compile(entry, more) {
  const { default: asc } = await import('assemblyscript/asc');
  let binary = null;
  const { error, stderr } = await asc.main([path.relative(root, entry), '--outFile', 'out.wasm', ...flags, ...more], {
    readFile: (name, base) => {
      try {
        return readFileSync(path.resolve(base, name), 'utf8');
      } catch {
        return null;
      }
    },
    writeFile: (_, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`The WebAssembly kernels do not compile:\n${stderr.toString() || error}`);
  return binary;
}

/** The same module for a memory that is not shared: one bit of its import. @param {Uint8Array} shared */
export function unshared(shared) {
  const bytes = shared.slice();
  const name = Buffer.from('\x03env\x06memory\x02', 'latin1');
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(name) + name.length;
  if (at < name.length || bytes[at] !== 3) throw new Error('The import of the memory was not found in the module.');
  bytes[at] = 1;
  return bytes;
}

/** Written aside and renamed, so that nobody reads half a file. */
function put(name, contents) {
  const aside = path.join(wasmFolder, `${name}.${process.pid}`);
  writeFileSync(aside, contents);
  renameSync(aside, path.join(wasmFolder, name));
}

export function wasmIsCurrent() {
  try {
    return readFileSync(stamp, 'utf8') === sourcesHash();
  } catch {
    return false;
  }
}

/** Brings the four modules up to date. Throws an Error with the compiler's message. */
export async function buildWasm() {
  if (wasmIsCurrent()) return false;
  const hash = sourcesHash();
  mkdirSync(wasmFolder, { recursive: true });
  for (const [variant, more] of Object.entries(variants)) {
    const binary = await compile(path.join(kernels, 'all.as.ts'), more);
    put(`${variant}-shared.wasm`, binary);
    put(`${variant}.wasm`, unshared(binary));
  }
  // Of one kind: what it uses beyond the first WebAssembly is SIMD, without multiply-add in one rounding.
  const binary = await compile(path.join(linear, 'linear.as.ts'), []);
  put('linear-shared.wasm', binary);
  put('linear.wasm', unshared(binary));
  put('sources', hash);
  return true;
}

/** For Vitest: the modules are there before the first test. */
export async function setup() {
  await buildWasm();
}

/**
 * For Vite: the modules are there before `.cache/wasm/*.wasm?url` is read, and a compile error ends the build.
 * @returns {import('vite').Plugin}
 */
export function wasmKernels() {
  return { name: 'wasm-kernels', buildStart: setup, configureServer: setup };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const only = process.argv[2];
  try {
    if (only) {
      for (const more of Object.values(variants)) await compile(path.resolve(only), more);
      say(`${only} compiles.`);
    } else say((await buildWasm()) ? 'Compiled the WebAssembly kernels.' : 'The WebAssembly kernels are up to date.');
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}
