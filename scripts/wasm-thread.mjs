// Entry of the other threads of a WebAssembly device in Node, bundled by wasm-node.mjs. The browser's is
// workers/backends/wasm-thread.worker.ts.
import { parentPort } from 'node:worker_threads';
import { threadLife } from '../workers/backends/wasm-threads';

parentPort.once('message', (order) => {
  threadLife(order, () => parentPort.postMessage('ready')).catch((error) => parentPort.postMessage(String(error)));
});
