// The WebAssembly device in a browser: kernels from files of this origin, threads as nested workers. In Node
// scripts/wasm-node.mjs stands in its place.
import relaxedSharedUrl from '../../.cache/wasm/relaxed-shared.wasm?url';
import relaxedUrl from '../../.cache/wasm/relaxed.wasm?url';
import simdSharedUrl from '../../.cache/wasm/simd-shared.wasm?url';
import simdUrl from '../../.cache/wasm/simd.wasm?url';
import { trustedScriptUrl } from '../../src/lib/trusted-url';
import type { Device } from './device';
import { openWasmDevice, type WasmOptions } from './wasm-device';
import type { WasmFile } from './wasm-module';
import threadUrl from './wasm-thread.worker.ts?worker&url';
import type { ThreadReply } from './wasm-thread.worker';
import type { StartedThread, ThreadOrder } from './wasm-threads';

const urls: Readonly<Record<WasmFile, string>> = {
  relaxed: relaxedUrl,
  'relaxed-shared': relaxedSharedUrl,
  simd: simdUrl,
  'simd-shared': simdSharedUrl,
};
const startWithinMs = 5000;

/** Opens the WebAssembly device of this worker. `threads`: 1 to 8, by default as many as there are cores. */
export function openBrowserWasmDevice(options: Pick<WasmOptions, 'threads' | 'build'> = {}): Promise<Device> {
  return openWasmDevice({ ...options, load: (file) => fetchModule(urls[file]), startThread });
}

async function fetchModule(url: string): Promise<WebAssembly.Module> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return WebAssembly.compile(await answer.arrayBuffer());
}

async function startThread(index: number): Promise<StartedThread> {
  const worker = new Worker(trustedScriptUrl(threadUrl), { type: 'module', name: `wasm-${index}` });
  await answered(worker, 'up');
  return {
    begin: (order: ThreadOrder) => {
      worker.postMessage(order);
      return answered(worker, 'ready');
    },
    onFailure(handler) {
      worker.onerror = (event) => handler(event.message || 'the browser ended it');
    },
    terminate: () => worker.terminate(),
  };
}

/** Resolves when the worker says `kind`; ends it and rejects where it fails or stays silent. */
function answered(worker: Worker, kind: ThreadReply['kind']): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      worker.terminate();
      reject(new Error(reason));
    };
    const timer = setTimeout(() => fail('a thread did not start in time'), startWithinMs);
    worker.onmessage = ({ data }: MessageEvent<ThreadReply>) => {
      if (data.kind === 'failed') return fail(data.message);
      if (data.kind !== kind) return;
      clearTimeout(timer);
      resolve();
    };
    worker.onerror = (event) => fail(event.message);
  });
}
