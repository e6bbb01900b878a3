// The page's side of the training worker. Gives a TrainApi that survives the worker: when it dies, hangs or
// throws late, every pending call rejects within a second and the next call starts a new one.
import { proxy, wrap, type Remote } from 'comlink';
import workerUrl from '../../workers/train.worker.ts?worker&url';
import type { TrainApi } from '../contract/train';
import { superviseWorker, type WorkerHandle } from './supervise';
import { startWorker } from './worker-url';

function start(): WorkerHandle<Remote<TrainApi>> {
  const worker = startWorker(workerUrl, 'train');
  return { worker, api: wrap<TrainApi>(worker) };
}

/**
 * Steps breathe every few milliseconds. The longest measured stretch without a breath is the stratified split of
 * a million rows with several labels: 4 s on a busy two-core machine; a slower one gets almost four times that.
 */
const hungAfterMs = 15_000;

export function createTrainer(): TrainApi {
  const { call } = superviseWorker(start, 'training worker', hungAfterMs);
  return {
    device: (choice) => call((api) => api.device(choice)),
    verify: (jobId, onProgress) => call((api) => api.verify(jobId, proxy(onProgress))),
    run: (runId, choice, onEvent) => call((api) => api.run(runId, choice, proxy(onEvent))),
    pause: (runId) => call((api) => api.pause(runId)),
    resume: (runId) => call((api) => api.resume(runId)),
    stop: (runId, options) => call((api) => api.stop(runId, options)),
    predict: (modelId, inputs, options) => call((api) => api.predict(modelId, inputs, options)),
    suggest: (question) => call((api) => api.suggest(question)),
    evaluate: (modelId, rows) => call((api) => api.evaluate(modelId, rows)),
    plan: (recipe, projectId, choice) => call((api) => api.plan(recipe, projectId, choice)),
    tune: (jobId, onProgress) => call((api) => api.tune(jobId, proxy(onProgress))),
    tuneAhead: (choice) => call((api) => api.tuneAhead(choice)),
    findBatchSize: (jobId, recipe, projectId, choice, onProgress) =>
      call((api) => api.findBatchSize(jobId, recipe, projectId, choice, proxy(onProgress))),
    learningRateRange: (jobId, recipe, projectId, choice, onProgress) =>
      call((api) => api.learningRateRange(jobId, recipe, projectId, choice, proxy(onProgress))),
    profile: (target, choice) => call((api) => api.profile(target, choice)),
    addBase: (jobId, files, onProgress) => call((api) => api.addBase(jobId, files, proxy(onProgress))),
    starter: () => call((api) => api.starter()),
    checkBase: (id, files, choice) => call((api) => api.checkBase(id, files, choice)),
    embed: (id, texts, choice) => call((api) => api.embed(id, texts, choice)),
    cancel: (jobId) => call((api) => api.cancel(jobId)),
    exportModel: (modelId, format) => call((api) => api.exportModel(modelId, format)),
    proveExport: (modelId, format, texts) => call((api) => api.proveExport(modelId, format, texts)),
    unload: (modelId) => call((api) => api.unload(modelId)),
  };
}
