// The data worker's entry: everything that reads foreign bytes or many rows. Builds one DataApi and exposes it.
import { expose } from 'comlink';
import type { DataApi } from '../src/contract/data';
import { showAlive } from './alive';
import { deriveDataset } from './import/derive';
import { exportDataset } from './import/export-rows';
import { importFiles, totalBytes } from './import/import-files';
import { sweepOrphans } from './import/import-lock';
import { Job } from './import/job';
import { previewFiles } from './import/preview';
import { queryRowIds, queryRows } from './import/rows-query';
import { reportInForce } from './import/stats';

const jobs = new Map<string, Job>();

const api: DataApi = {
  wake: () => Promise.resolve(),
  preview: previewFiles,
  async importFiles(jobId, projectId, files, options, onProgress) {
    const job = new Job(totalBytes(files), onProgress);
    jobs.set(jobId, job);
    try {
      return await importFiles({ projectId, files, options }, job);
    } finally {
      jobs.delete(jobId);
    }
  },
  cancel(jobId) {
    jobs.get(jobId)?.cancel();
    return Promise.resolve();
  },
  rows: queryRows,
  rowIds: queryRowIds,
  stats: reportInForce,
  exportDataset,
  derive: (datasetId, change) => deriveDataset(datasetId, change, new Job(0)),
};

showAlive();
expose(api);
// What a killed tab left half-written; the next start tries again where this one cannot.
sweepOrphans().catch(() => undefined);
