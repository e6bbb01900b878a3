// AssemblyScript kernels (workers/kernels/*.as.ts) → workers/kernels/build/*.wasm, only where older than their source.
// Extra compiler flags stand in a kernel's first line: `// asc: --enable relaxed-simd --sharedMemory …`.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

const source = path.join(root, 'workers', 'kernels');
const target = path.join(source, 'build');
const always = ['--enable', 'simd', '--runtime', 'stub', '--optimizeLevel', '3', '--noAssert'];

/** @param {string} file */
const changedAt = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** Compiles what is out of date. Rejects with the compiler's own message. */
export async function buildKernels() {
  if (!existsSync(source)) return;
  const stale = readdirSync(source)
    .filter((name) => name.endsWith('.as.ts'))
    .map((name) => ({ from: path.join(source, name), to: path.join(target, name.replace(/\.as\.ts$/, '.wasm')) }))
    .filter(({ from, to }) => changedAt(to) < changedAt(from));
  if (stale.length === 0) return;
  mkdirSync(target, { recursive: true });
  const asc = await import('assemblyscript/asc');
  for (const { from, to } of stale) {
    const own = /^\/\/ asc:(.*)$/m.exec(readFileSync(from, 'utf8'))?.[1]?.trim().split(/\s+/) ?? [];
    const files = [path.relative(root, from), '--outFile', path.relative(root, to)];
    const { error, stderr } = await asc.main([...files, ...always, ...own, '--baseDir', root]);
    if (error) throw new Error(`${path.relative(root, from)} does not compile:\n${stderr.toString()}`);
  }
}

/** For vite and vitest: kernels are there before the first module is read. */
export function kernels() {
  return { name: 'trainyard-kernels', buildStart: buildKernels, configureServer: buildKernels };
}
