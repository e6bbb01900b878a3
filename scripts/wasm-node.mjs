// The WebAssembly device's surroundings in Node: kernels from .cache/wasm, threads as worker_threads. For tests and for
// benches without a browser; `openWasmDevice({ load: loadKernels, startThread, threads: 2 })`.
import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { root } from './paths.mjs';
import { buildWasm, wasmFolder } from './wasm.mjs';

/** @type {Promise<boolean> | null} */
let built = null;

/** @param {import('../workers/backends/wasm-module').WasmFile} file */
export async function loadKernels(file) {
  await (built ??= buildWasm());
  return readFileSync(path.join(wasmFolder, `${file}.wasm`));
}

/** @type {Promise<string> | null} */
let script = null;

/** Node runs no TypeScript: the threads' entry is bundled once a process. */
function threadScript() {
  script ??= (async () => {
    const { build } = await import('rolldown');
    const file = path.join(wasmFolder, 'thread.mjs');
    const aside = path.join(wasmFolder, `thread-${process.pid}.mjs`);
    await build({
      input: path.join(root, 'scripts', 'wasm-thread.mjs'),
      platform: 'node',
      logLevel: 'warn',
      output: { file: aside, format: 'esm' },
    });
    renameSync(aside, file);
    return file;
  })();
  return script;
}

/** @type {import('../workers/backends/wasm-threads').StartThread} */
export async function startThread() {
  const worker = new Worker(await threadScript());
  worker.unref();
  return {
    begin: (order) =>
      new Promise((resolve, reject) => {
        worker.once('message', (answer) => (answer === 'ready' ? resolve() : reject(new Error(answer))));
        worker.once('error', reject);
        worker.postMessage(order);
      }),
    onFailure(handler) {
      worker.on('error', (error) => handler(error.message));
      worker.on('exit', (code) => handler(`it ended (${code})`));
    },
    terminate: () => void worker.terminate(),
  };
}
