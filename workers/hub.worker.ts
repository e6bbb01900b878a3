// Entry of the hub worker: the only thread that asks a model host. It runs only while something is asked.
import { expose } from 'comlink';
import type { HubApi } from '../src/contract/hub';
import { showAlive } from './alive';
import { downloadFromHub, findOnHub, type HubWork } from './bases/hub';

declare const self: DedicatedWorkerGlobalScope;

const jobs = new Map<string, AbortController>();

/** When the policy last stopped a request of this thread: fetch itself says only that it failed. */
let stoppedAt = -Infinity;
self.addEventListener('securitypolicyviolation', (event) => {
  // TypeScript knows this event in documents only.
  if ('effectiveDirective' in event && event.effectiveDirective === 'connect-src') stoppedAt = performance.now();
});

async function asJob<T>(
  jobId: string,
  given: Pick<HubWork, 'host' | 'name' | 'options'>,
  work: (work: HubWork) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  jobs.set(jobId, stop);
  try {
    return await work({
      ...given,
      signal: stop.signal,
      fetch: (input, init) => fetch(input, init),
      stoppedByPolicy: (since) => stoppedAt >= since,
    });
  } finally {
    jobs.delete(jobId);
  }
}

const api: HubApi = {
  find: (jobId, host, name, options) => asJob(jobId, { host, name, options }, findOnHub),
  download: (jobId, host, name, options, onProgress) =>
    asJob(jobId, { host, name, options }, (work) => downloadFromHub(work, onProgress)),
  cancel(jobId) {
    jobs.get(jobId)?.abort();
    return Promise.resolve();
  },
};

showAlive();
expose(api);
