// The page of engine.spec.ts: hands orders to the worker that owns the WebAssembly device.
/// <reference types="vite/client" />
import { trustedScriptUrl } from '../../src/lib/trusted-url';
import type { Answer, Order } from './threads.worker';
import workerUrl from './threads.worker.ts?worker&url';

declare global {
  interface Window {
    ask(order: Order): Promise<Answer>;
  }
}

const worker = new Worker(trustedScriptUrl(workerUrl), { type: 'module' });

window.ask = (order) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(order);
  });
