// One data base per released schema version, as that release wrote it. Append-only, as the migrations are: a new
// migration brings its own entry, and none of the older ones is ever changed.
import type { StoreName } from '../schema';

export interface StoredFixture {
  store: StoreName;
  /** Only for stores whose records do not carry their key. */
  key?: string;
  value: unknown;
}

const first: StoredFixture[] = [
  {
    store: 'projects',
    value: { id: 'project-1', name: 'Ünïcode <b>', task: 'intent', createdAt: 1, openedAt: 2, labels: ['a', 'b'] },
  },
  {
    store: 'datasets',
    value: { id: 'dataset-1', projectId: 'project-1', rootId: 'dataset-1', version: 1, rows: 2, columns: ['text'] },
  },
  { store: 'rowPages', value: { datasetId: 'dataset-1', page: 0, firstRow: 0, rows: 2, bytes: Uint8Array.of(1, 2) } },
  {
    store: 'labels',
    value: {
      projectId: 'project-1',
      rowId: 'dataset-1.0',
      rootId: 'dataset-1',
      ordinal: 0,
      labels: ['a'],
      origin: 'label',
      by: 'me',
      at: 3,
    },
  },
  {
    store: 'corrections',
    value: {
      id: 'correction-1',
      projectId: 'project-1',
      rowId: 'dataset-1.0',
      before: [],
      after: ['a'],
      at: 3,
      by: 'me',
    },
  },
  {
    store: 'edits',
    value: { id: 1, projectId: 'project-1', at: 3, by: 'me', what: 'Labelled', changes: [], undone: false },
  },
  { store: 'runs', value: { id: 'run-1', projectId: 'project-1', number: 1, status: 'finished' } },
  { store: 'runEvents', value: { runId: 'run-1', seq: 0, step: 0, at: 4, kind: 'log', loss: 0.5 } },
  { store: 'frozenSplits', value: { runId: 'run-1', split: 'test', rowIds: ['dataset-1.0'], actual: [[0]] } },
  { store: 'checkpoints', value: { id: 'checkpoint-1', runId: 'run-1', step: 1, kind: 'last', sizeBytes: 8 } },
  {
    store: 'models',
    value: { id: 'model-1', projectId: 'project-1', runId: 'run-1', version: 1, weightsId: 'weights-1' },
  },
  {
    store: 'weights',
    value: { id: 'weights-1', tensors: { w: { shape: [2], dtype: 'float32', data: Float32Array.of(1, 2) } }, meta: {} },
  },
  {
    store: 'deployments',
    value: { id: 'deployment-1', projectId: 'project-1', modelId: 'model-1', at: 5, live: true },
  },
  { store: 'settings', key: 'settings', value: { backend: 'wasm', theme: 'dark' } },
  { store: 'facts', value: { name: 'fact', at: 6, value: { fast: true } } },
];

const second: StoredFixture[] = [
  ...first,
  {
    store: 'editParts',
    value: {
      editId: 1,
      part: 0,
      projectId: 'project-1',
      rootId: 'dataset-1',
      ordinals: Uint32Array.of(0),
      before: Uint32Array.of(0),
      after: Uint32Array.of(1),
      states: [{ labels: ['a'], origin: 'label', by: 'me', at: 3 }],
    },
  },
];

const third: StoredFixture[] = [
  ...second,
  {
    store: 'labelBlocks',
    value: {
      projectId: 'project-1',
      rootId: 'dataset-1',
      block: 0,
      entries: Uint16Array.of(0, 1),
      states: [{ labels: ['b'], origin: 'label', by: 'me', at: 4 }],
    },
  },
];

const fourth: StoredFixture[] = [
  ...third,
  {
    store: 'bases',
    value: {
      id: 'base-1',
      name: 'Ünïcode',
      kind: 'transformer',
      architecture: 'bert',
      parameters: 2,
      bytes: 2,
      source: { from: 'folder' },
      shape: { hidden: 2, layers: 1, heads: 1, vocabulary: 1, maxLength: 8 },
      addedAt: 7,
      files: [{ name: 'model.safetensors', bytes: 2, sha256: 'ab' }],
      hash: 'cd',
    },
  },
  {
    store: 'baseFiles',
    value: { baseId: 'base-1', name: 'model.safetensors', block: 0, bytes: Uint8Array.of(1, 2) },
  },
];

const fifth: StoredFixture[] = [
  ...fourth,
  {
    store: 'hubDownloads',
    value: {
      id: 'https://models.example/a/b@c0ffee',
      host: 'https://models.example',
      repository: 'a/b',
      revision: 'main',
      commit: 'c0ffee',
      bytesTotal: 4,
      at: 8,
      files: [{ path: 'config.json', bytes: 2, parts: 1, etag: '"x"', sha256: null }],
    },
  },
  {
    store: 'hubParts',
    value: {
      downloadId: 'https://models.example/a/b@c0ffee',
      path: 'config.json',
      part: 0,
      bytes: Uint8Array.of(1, 2),
    },
  },
];

const sixth: StoredFixture[] = [
  ...fifth,
  { store: 'textVectors', value: { id: 'ab', values: Float32Array.of(1, -0.5), usedAt: 9 } },
];

export const releasedSchemas: readonly StoredFixture[][] = [first, second, third, fourth, fifth, sixth];
