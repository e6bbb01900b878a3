// The page's side of the hub worker, which is started for a question and ends soon after the last answer.
import { proxy, wrap, type Remote } from 'comlink';
import workerUrl from '../../workers/hub.worker.ts?worker&url';
import type { HubApi } from '../contract/hub';
import { superviseWorker, type WorkerHandle } from './supervise';
import { startWorker } from './worker-url';

const restsAfterMs = 20_000;

function start(): WorkerHandle<Remote<HubApi>> {
  const worker = startWorker(workerUrl, 'hub');
  return { worker, api: wrap<HubApi>(worker) };
}

export function createHub(): HubApi {
  const { call, stop } = superviseWorker(start, 'download worker');
  let rest: ReturnType<typeof setTimeout> | undefined;
  let busy = 0;
  async function used<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(rest);
    busy++;
    try {
      return await work();
    } finally {
      if (--busy === 0) rest = setTimeout(stop, restsAfterMs);
    }
  }
  return {
    find: (jobId, host, name, options) => used(() => call((api) => api.find(jobId, host, name, options))),
    download: (jobId, host, name, options, onProgress) =>
      used(() => call((api) => api.download(jobId, host, name, options, proxy(onProgress)))),
    cancel: (jobId) => (busy > 0 ? call((api) => api.cancel(jobId)) : Promise.resolve()),
  };
}
