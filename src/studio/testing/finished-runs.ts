// Finished runs with models for tests of registry, gate, comparison and report. A "model" is a function from
// text to label. Only tests import this.
import type { Dataset, FrozenSplit, Model, Run, Split } from '../../contract/records';
import type { TrainApi } from '../../contract/train';
import { newId } from '../../lib/ids';
import { evaluateAnswers } from '../../lib/metrics/evaluate';
import { labelIndices } from '../../lib/metrics/named-answers';
import { putFrozenSplits } from '../../storage/frozen-splits';
import { registerModel } from '../../storage/models';
import { addRun } from '../../storage/runs';
import { fakeTrainer } from './fakes';

export type Answer = (text: string) => string;

export interface TestRow {
  rowId: string;
  text: string;
  label: string;
}

const brains = new Map<string, { answer: Answer; labels: string[] }>();

/** A trainer that answers with the functions given to `storeFinishedRun`. */
export function answeringTrainer(change: Partial<TrainApi> = {}): TrainApi {
  return {
    ...fakeTrainer(() => ({ label: '', confidence: 0, scores: [] })),
    predict: (modelId, inputs) => {
      const brain = brains.get(modelId);
      if (!brain) return Promise.reject(new Error(`no brain for ${modelId}`));
      return Promise.resolve(
        inputs.map((text) => ({
          label: brain.answer(text),
          confidence: 1,
          scores: [{ label: brain.answer(text), score: 1 }],
        })),
      );
    },
    evaluate: (modelId, rows) => {
      const brain = brains.get(modelId);
      if (!brain) return Promise.reject(new Error(`no brain for ${modelId}`));
      const predicted = rows.texts.map((text) => [brain.answer(text)]);
      const confidence = rows.texts.map(() => 0.9);
      const judged = {
        labels: brain.labels,
        multiLabel: false,
        rowIds: rows.rowIds,
        texts: rows.texts,
        actual: labelIndices(rows.actual, brain.labels),
      };
      const metrics = evaluateAnswers(judged, labelIndices(predicted, brain.labels), confidence);
      return Promise.resolve({ ...metrics, predicted, confidence });
    },
    exportModel: (_modelId, format) =>
      Promise.resolve(
        format === 'one'
          ? [{ path: 'model.json', bytes: new TextEncoder().encode('{"one":1}') }]
          : ['b.txt', 'a.txt'].map((path) => ({ path, bytes: new TextEncoder().encode(path) })),
      ),
    ...change,
  };
}

/** Stores a run with its rows and, unless `answer` is null, the model it made. */
export async function storeFinishedRun(options: {
  dataset: Dataset;
  answer: Answer | null;
  train?: TestRow[];
  validation?: TestRow[];
  test?: TestRow[];
  labels?: string[];
  config?: Record<string, unknown>;
  seed?: number;
}): Promise<{ run: Run; model: Model | null }> {
  const { dataset, answer, train = [], validation = [], test = [] } = options;
  const labels = options.labels ?? [...new Set([...train, ...validation, ...test].map((row) => row.label))].sort();
  const frozen = (split: Split, rows: TestRow[], runId: string): FrozenSplit => ({
    runId,
    split,
    rowIds: rows.map((row) => row.rowId),
    actual: labelIndices(
      rows.map((row) => [row.label]),
      labels,
    ),
    labels,
    texts: split === 'train' ? [] : rows.map((row) => row.text),
    ...(answer && split !== 'train'
      ? {
          predicted: labelIndices(
            rows.map((row) => [answer(row.text)]),
            labels,
          ),
          confidence: rows.map(() => 0.9),
        }
      : {}),
  });
  const measured = (split: FrozenSplit): Run['metrics']['test'] =>
    split.predicted && split.rowIds.length > 0
      ? {
          ...evaluateAnswers({ ...split, multiLabel: false }, split.predicted, split.confidence ?? []),
          loss: 0.5,
        }
      : null;
  const id = newId('run');
  const modelId = answer ? newId('model') : null;
  const splits = [frozen('train', train, id), frozen('validation', validation, id), frozen('test', test, id)];
  const metrics = { validation: measured(splits[1]!), test: measured(splits[2]!) };
  const recipe = {
    task: 'intent',
    dataset: dataset.id,
    seed: options.seed ?? 1,
    config: { C: 1, analyzer: 'word', ...options.config },
  };
  await putFrozenSplits(splits);
  const run = await addRun({
    id,
    projectId: dataset.projectId,
    task: 'intent',
    status: answer ? 'finished' : 'running',
    recipe,
    changed: [],
    datasetHash: 'h',
    seed: recipe.seed,
    backend: 'wasm',
    adapter: 'test',
    threads: 2,
    build: 'test',
    steps: 10,
    totalSteps: 10,
    queuedAt: 1000,
    startedAt: 1000,
    finishedAt: answer ? 5000 : null,
    seconds: 4,
    modelId,
    metrics,
    weightHash: 'w',
    sizeBytes: 1234,
    bestStep: null,
    splitRows: { train: train.length, validation: validation.length, test: test.length },
  });
  if (!answer || modelId === null) return { run, model: null };
  const model = await registerModel(
    {
      id: modelId,
      projectId: dataset.projectId,
      runId: id,
      task: 'intent',
      createdAt: 5000,
      labels,
      multiLabel: false,
      datasetId: dataset.id,
      datasetHash: 'h',
      recipe,
      seed: recipe.seed,
      environment: { build: 'test', backend: 'wasm', adapter: 'test' },
      metrics,
      weightHash: 'w',
      weightsId: newId('weights'),
      sizeBytes: 1234,
    },
    {},
    {},
  );
  brains.set(model.id, { answer, labels });
  return { run, model };
}
