// The page's side of the data worker. Gives a DataApi that survives the worker: when it dies, every pending call
// rejects within a second and the next call starts a new one, which removes what a dead import left.
import { proxy, wrap, type Remote } from 'comlink';
import workerUrl from '../../workers/data.worker.ts?worker&url';
import type { DataApi } from '../contract/data';
import { superviseWorker, type WorkerHandle } from './supervise';
import { startWorker } from './worker-url';

function start(): WorkerHandle<Remote<DataApi>> {
  const worker = startWorker(workerUrl, 'data');
  return { worker, api: wrap<DataApi>(worker) };
}

export function createDataClient(): DataApi {
  const { call } = superviseWorker(start, 'data worker');
  return {
    wake: () => call((api) => api.wake()),
    preview: (files, options) => call((api) => api.preview(files, options)),
    importFiles: (jobId, projectId, files, options, onProgress) =>
      call((api) => api.importFiles(jobId, projectId, files, options, proxy(onProgress))),
    cancel: (jobId) => call((api) => api.cancel(jobId)),
    rows: (datasetId, query) => call((api) => api.rows(datasetId, query)),
    rowIds: (datasetId, where) => call((api) => api.rowIds(datasetId, where)),
    stats: (datasetId) => call((api) => api.stats(datasetId)),
    exportDataset: (datasetId, format) => call((api) => api.exportDataset(datasetId, format)),
    derive: (datasetId, change) => call((api) => api.derive(datasetId, change)),
  };
}
