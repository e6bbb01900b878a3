// The page of the encoder bench: starts a fresh worker for each order, so that nothing of an earlier one is left.
/// <reference types="vite/client" />
import type { Figures, Order } from './cases';
import onnxUrl from './onnx.worker.ts?worker&url';
import oursUrl from './ours.worker.ts?worker&url';
import stockUrl from './stock.worker.ts?worker&url';

/** An order that takes longer is given up. */
const limitSeconds = 90;
const workers = { ours: oursUrl, onnx: onnxUrl, stock: stockUrl };

declare global {
  interface Window {
    measureEncoder(who: keyof typeof workers, order: Order): Promise<Figures | { error: string }>;
  }
}

window.measureEncoder = (who, order) =>
  new Promise((resolve) => {
    const worker = new Worker(workers[who], { type: 'module' });
    const end = (answer: Figures | { error: string }): void => {
      worker.terminate();
      resolve(answer);
    };
    worker.onmessage = ({ data }: MessageEvent<{ figures: Figures } | { error: string }>) =>
      end('figures' in data ? data.figures : data);
    worker.onerror = (event) => end({ error: event.message || 'the worker did not start' });
    setTimeout(() => end({ error: `no end after ${limitSeconds} s` }), limitSeconds * 1000);
    worker.postMessage(order);
  });
