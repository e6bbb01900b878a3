// The page's side of the map worker. It starts with the first question and stays while the page lives: the vectors it holds
// answer the next one.
import { proxy, transfer, wrap, type Remote } from 'comlink';
import workerUrl from '../../workers/map.worker.ts?worker&url';
import type { MapApi } from '../contract/map';
import { superviseWorker, type WorkerHandle } from './supervise';
import { startWorker } from './worker-url';

function start(): WorkerHandle<Remote<MapApi>> {
  const worker = startWorker(workerUrl, 'map');
  return { worker, api: wrap<MapApi>(worker) };
}

export function createMapClient(): MapApi {
  const { call } = superviseWorker(start, 'map worker');
  return {
    build: (jobId, datasetId, key, embed, onProgress, onPicture) => {
      const asked = proxy(async (texts: string[]) => {
        const vectors = await embed(texts);
        return transfer(vectors, [vectors.values.buffer]);
      });
      return call((api) => api.build(jobId, datasetId, key, asked, proxy(onProgress), proxy(onPicture)));
    },
    rows: (datasetId) => call((api) => api.rows(datasetId)),
    nearest: (datasetId, key, vector, count) => call((api) => api.nearest(datasetId, key, vector, count)),
    has: (datasetId, key) => call((api) => api.has(datasetId, key)),
    tokenLengths: (jobId, datasetId, baseId, onProgress) =>
      call((api) => api.tokenLengths(jobId, datasetId, baseId, proxy(onProgress))),
    cutTexts: (datasetId, baseId, places, maxLength) =>
      call((api) => api.cutTexts(datasetId, baseId, places, maxLength)),
    layers: (baseId) => call((api) => api.layers(baseId)),
    cancel: (jobId) => call((api) => api.cancel(jobId)),
  };
}
