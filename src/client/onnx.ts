// The page's side of the ONNX worker. The worker starts with the first question and ends when nobody asked for a
// while, since the runtime keeps hundreds of megabytes.
import { wrap, type Remote } from 'comlink';
import workerUrl from '../../workers/onnx.worker.ts?worker&url';
import type { OnnxApi } from '../contract/onnx';
import { superviseWorker, type WorkerHandle } from './supervise';
import { startWorker } from './worker-url';

const restsAfterMs = 5 * 60_000;
/** One batch of long texts through a large model on a slow machine. */
const hungAfterMs = 60_000;

function start(): WorkerHandle<Remote<OnnxApi>> {
  const worker = startWorker(workerUrl, 'onnx');
  return { worker, api: wrap<OnnxApi>(worker) };
}

export function createOnnx(): OnnxApi {
  const { call, stop } = superviseWorker(start, 'ONNX worker', hungAfterMs);
  let rest: ReturnType<typeof setTimeout> | undefined;
  let busy = 0;
  async function used<T>(work: Promise<T>): Promise<T> {
    clearTimeout(rest);
    busy++;
    try {
      return await work;
    } finally {
      if (--busy === 0) rest = setTimeout(stop, restsAfterMs);
    }
  }
  return {
    embed: (baseId, texts, device) => used(call((api) => api.embed(baseId, texts, device))),
    async unload(baseId) {
      // A worker that is not there holds nothing; asking would start it.
      if (rest !== undefined || busy > 0) await used(call((api) => api.unload(baseId)));
    },
  };
}
