// What the page can ask of the training worker (contract/train.ts), put together from its parts. Free of
// Vite and of the worker's globals, so that tests build it in Node.
import { UnsupportedError } from '../src/contract/errors';
import type { Model } from '../src/contract/records';
import type { TrainApi } from '../src/contract/train';
import { answers, evaluateAnswers, evaluateRows, topScores } from '../src/lib/metrics/evaluate';
import { labelIndices } from '../src/lib/metrics/named-answers';
import { closedUpwards } from '../src/lib/taxonomy';
import { settleInterrupted } from '../src/storage/run-liveness';
import { deviceInfo } from './backends/device-info';
import { Backends, type BackendParts } from './backends/start';
import { tuneAhead } from './backends/tune-ahead';

import { transfer } from 'comlink';
import { starterId } from '../src/contract/bases';
import { addBase, clearCutAdditions } from './bases/add-base';
import { folderFiles } from './bases/folder-files';
import { loadBase } from './bases/load-base';
import { flat, OpenBases, type FlatVectors } from './bases/open-bases';
import { followSettings } from './considerate';
import { createPlanner } from './planner';
import { notTimed } from './planner/profile-step';
import { Predictors } from './predictors';
import { Suggester } from './suggest/suggester';
import { RunQueue } from './queue';
import type { TaskTable } from './task-table';
import { getRun } from '../src/storage/runs';
import { getWeights } from '../src/storage/weights';
import { putsLabels } from '../src/tasks/task';

export interface TrainApiParts {
  tasks: TaskTable;
  /** Opens the WebAssembly device: in a browser and in Node its files and threads come from elsewhere. */
  openWasm: BackendParts['openWasm'];
  /** The version of the program; hashes are promised equal, and truth tests hold, for the same one only. */
  build: string;
}

export function createTrainApi({ tasks, openWasm, build }: TrainApiParts): TrainApi {
  const backends = new Backends({ build, openWasm });
  const predictors = new Predictors(tasks, backends);
  const bases = new OpenBases(backends);
  void clearCutAdditions().catch(() => undefined);
  const settled: Promise<void> = settleInterrupted().then(
    () => undefined,
    () => undefined,
  );
  const queue = new RunQueue({ tasks, backends, predictors, build }, settled);
  const suggester = new Suggester(backends, () => queue.busy());
  followSettings(backends);
  const planner = createPlanner({ tasks, backends, busy: () => queue.busy() });

  const loaded = (modelId: string): ReturnType<Predictors['get']> => {
    planner.use();
    return predictors.get(modelId);
  };

  async function vectorsOf(modelId: string, texts: string[]): Promise<FlatVectors> {
    const { predictor, model } = await predictors.get(modelId);
    if (predictor.embed) return flat(await predictor.embed(texts));
    throw new UnsupportedError(`${model.name} gives labels, not vectors. Ask it with predict instead.`);
  }

  async function filesOf(model: Model, format: string): ReturnType<TrainApi['exportModel']> {
    const { training } = tasks.get(model.task);
    const { name, labels, multiLabel, version } = model;
    return training.exportFiles(format, await getWeights(model.weightsId), { name, labels, multiLabel, version });
  }

  return {
    async device(choice) {
      predictors.choice = choice;
      await settled;
      return deviceInfo(backends, choice);
    },
    async verify(jobId, onProgress) {
      const { verifyBackends } = await import('./backends/verify');
      return planner.aside(jobId, (signal) => verifyBackends(backends, onProgress, signal));
    },
    async run(runId, choice, onEvent) {
      predictors.choice = choice;
      planner.giveWay();
      // In the queue before anything is awaited: a stop or pause that comes next must find it.
      return queue.add(runId, choice, onEvent);
    },
    pause: (runId) => queue.pause(runId),
    resume(runId) {
      planner.use();
      return queue.resume(runId);
    },
    stop: (runId, { keep }) => queue.stop(runId, keep),
    async predict(modelId, inputs, options) {
      const { predictor, model } = await loaded(modelId);
      if (predictor.predict) return predictor.predict(inputs, options);
      throw new UnsupportedError(`${model.name} gives vectors, not labels. Ask it with embed instead.`);
    },
    suggest(question) {
      planner.use();
      return suggester.ask(question);
    },
    async evaluate(modelId, rows) {
      const { predictor, model } = await loaded(modelId);
      if (!putsLabels(predictor))
        throw new UnsupportedError(`${model.name} puts no labels on texts, so it cannot be judged by labelled rows.`);
      // A label the model does not know cannot be answered right, but it is the truth and counts.
      const labels = [...new Set([...predictor.labels, ...rows.actual.flat()])];
      const { multiLabel } = predictor;
      const { rowIds, texts } = rows;
      const scores = await predictor.score(texts);
      // What stands above a label in the model's tree is true with it.
      const parents = scores.parents && labels.map((_, label) => scores.parents?.[label] ?? -1);
      const actual = labelIndices(rows.actual, labels).map((own) => closedUpwards(own, parents));
      const judged = { labels, multiLabel, rowIds, texts, actual, parents };
      const { predicted, confidence } = answers(scores, multiLabel);
      // Without a probability for every true label there is no loss to speak of.
      const metrics =
        labels.length === predictor.labels.length
          ? evaluateRows({ ...judged, scores }).metrics
          : evaluateAnswers(judged, predicted, confidence, (row) => topScores(predictor.labels, scores, row));
      const names = predicted.map((list) => list.map((at) => predictor.labels[at]!));
      return { ...metrics, predicted: names, confidence };
    },
    plan: (recipe, _projectId, choice = predictors.choice) => planner.plan(recipe, choice),
    async tune(jobId, onProgress) {
      const { tuneBackends } = await import('./backends/verify');
      return planner.job(jobId, (signal) => tuneBackends(backends, onProgress, signal));
    },
    tuneAhead: (choice) => planner.ahead((signal) => tuneAhead(backends, choice, signal)),
    findBatchSize: (jobId, recipe, _projectId, choice, onProgress) =>
      planner.findBatchSize(jobId, recipe, choice, onProgress),
    learningRateRange: (jobId, recipe, _projectId, choice, onProgress) =>
      planner.learningRateRange(jobId, recipe, choice, onProgress),
    async profile(target, choice) {
      if ('recipe' in target) return planner.profile(target.recipe, choice);
      const run = await getRun(target.runId);
      if (run.status === 'running') return (await queue.profileNext(run.id)) ?? notTimed(run.task);
      return planner.profile(run.recipe, choice);
    },
    addBase: (jobId, files, onProgress) =>
      planner.aside(jobId, async (signal) => {
        const folder = await folderFiles(files);
        return addBase({ ...folder, source: { from: 'folder' }, signal, onProgress });
      }),
    starter: async () => (await loadBase(starterId)).base,
    checkBase: (id, files, choice) => bases.check(id, files, choice),
    async embed(id, texts, choice = predictors.choice) {
      const vectors = isBase(id) ? await bases.embed(id, texts, choice) : await vectorsOf(id, texts);
      return transfer(vectors, [vectors.values.buffer]);
    },
    async cancel(jobId) {
      planner.cancel(jobId);
    },
    async exportModel(modelId, format) {
      const { model } = await loaded(modelId);
      return filesOf(model, format);
    },
    async proveExport(modelId, format, texts) {
      const { model, predictor } = await loaded(modelId);
      const { training } = tasks.get(model.task);
      if (!training.openExport) return null;
      const files = await filesOf(model, format);
      const { differenceOf } = await import('./prove-export');
      return backends.startTrusted(predictors.choice, async ({ device }) => {
        const taken = await training.openExport?.(format, files, { ...model, device });
        if (!taken) return null;
        try {
          return await differenceOf(predictor, taken, texts);
        } finally {
          taken.dispose();
        }
      });
    },
    async unload(id) {
      if (isBase(id)) await bases.forget(id);
      else predictors.forget(id);
    },
  };
}

const isBase = (id: string): boolean => id === starterId || id.startsWith('base-');
