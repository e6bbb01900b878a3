// What tests of the facade stand on: a project with rows in the data base, and a context without workers.
// Only tests import this.
import type { DataApi } from '../../contract/data';
import type { OnnxApi } from '../../contract/onnx';
import type { Cell, Dataset, Project } from '../../contract/records';
import type { Prediction, TrainApi } from '../../contract/train';
import { newId } from '../../lib/ids';
import { putDataset } from '../../storage/datasets';
import { putProject } from '../../storage/projects';
import { encodePage } from '../../storage/row-page-codec';
import { putPages } from '../../storage/row-pages';
import { createContext, type StudioContext } from '../context';
import { createTabs } from '../tabs';
import { createTrainEvents } from '../train-events';

const refuse = (): Promise<never> => Promise.reject(new Error('not used in this test'));

export const noData: DataApi = {
  wake: () => Promise.resolve(),
  preview: refuse,
  importFiles: refuse,
  cancel: refuse,
  rows: refuse,
  rowIds: refuse,
  stats: refuse,
  exportDataset: refuse,
  derive: refuse,
};

/** A trainer whose predictions are `answer(text)`. */
export function fakeTrainer(answer: (text: string) => Prediction): TrainApi {
  return {
    device: refuse,
    verify: refuse,
    run: refuse,
    pause: refuse,
    resume: refuse,
    stop: () => Promise.resolve(),
    predict: (_modelId, inputs) => Promise.resolve(inputs.map(answer)),
    suggest: () => Promise.resolve(null),
    evaluate: refuse,
    plan: refuse,
    tune: refuse,
    tuneAhead: refuse,
    findBatchSize: refuse,
    learningRateRange: refuse,
    profile: refuse,
    addBase: refuse,
    starter: refuse,
    checkBase: refuse,
    embed: refuse,
    cancel: () => Promise.resolve(),
    exportModel: refuse,
    proveExport: refuse,
    unload: () => Promise.resolve(),
  };
}

/** The tests that use it ask no ONNX file. */
export const noOnnx: OnnxApi = {
  embed: () => Promise.reject(new Error('no ONNX runtime in this test')),
  unload: () => Promise.resolve(),
};

export function fakeContext(
  trainer: TrainApi = fakeTrainer(() => ({ label: '', confidence: 0, scores: [] })),
): StudioContext {
  return createContext({
    data: noData,
    trainer,
    onnx: noOnnx,
    tasks: new Map(),
    tabs: createTabs(null, null),
    trainEvents: createTrainEvents(),
  });
}

/** A stored project with one data set of these rows: text and the imported label ('' = none). */
export async function storeProject(
  rows: [text: string, label: Cell][],
  options: { multiLabel?: boolean; pageRows?: number } = {},
): Promise<{ project: Project; dataset: Dataset; rowId: (index: number) => string }> {
  const several = options.multiLabel ?? false;
  const labels = [...new Set(rows.flatMap(([, label]) => (Array.isArray(label) ? label : [label])).map(String))];
  const project: Project = {
    id: newId('project'),
    name: 'test',
    task: 'intent',
    createdAt: 1,
    openedAt: 1,
    labels: labels.filter((label) => label !== ''),
  };
  const id = newId('dataset');
  const pageRows = options.pageRows ?? 1000;
  const pages = Array.from({ length: Math.ceil(rows.length / pageRows) }, (_, page) => {
    const part = rows.slice(page * pageRows, (page + 1) * pageRows);
    const bytes = encodePage({
      columns: ['text', 'label'],
      cells: [part.map(([text]) => text), part.map(([, label]) => label)],
      rows: part.length,
      ordinals: page * pageRows,
      splits: null,
    });
    return { page, firstRow: page * pageRows, rows: part.length, bytes };
  });
  const dataset: Dataset = {
    id,
    projectId: project.id,
    name: 'test',
    version: 1,
    rootId: id,
    origin: 'test',
    createdAt: 1,
    rows: rows.length,
    columns: ['text', 'label'],
    mapping: several ? { text: 'text', labels: 'label' } : { text: 'text', label: 'label' },
    multiLabel: several,
    hash: '',
    report: {
      errors: [],
      warnings: [],
      files: [],
      stats: {
        rowsRead: rows.length,
        rowsKept: rows.length,
        rowsRefused: 0,
        labelled: 0,
        unlabelled: 0,
        classes: {},
        splits: {},
        duplicates: 0,
        conflicting: 0,
        empty: 0,
        tooLong: 0,
        sizeBytes: 0,
        columns: [],
      },
    },
    sizeBytes: pages.reduce((sum, page) => sum + page.bytes.byteLength, 0),
  };
  await putProject(project);
  await putPages(id, pages);
  await putDataset(dataset);
  return { project, dataset, rowId: (index) => `${id}.${index}` };
}
