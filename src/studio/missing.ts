// Namespaces whose part is still being built. This file goes before the issue is closed.
import type { DataApi } from '../contract/data';
import { UnsupportedError } from '../contract/errors';
import type { StudioApi } from '../contract/studio';
import type { TrainApi } from '../contract/train';

function missing(name: string): () => Promise<never> {
  return () => Promise.reject(new UnsupportedError(`${name} is not built yet.`));
}

const d = missing('datasets');
export const missingDatasets: StudioApi['datasets'] = {
  preview: d,
  import: d,
  list: d,
  get: d,
  rows: d,
  rowIds: d,
  stats: d,
  validate: d,
  remap: d,
  clean: d,
  split: d,
  assignSplit: d,
  removeRows: d,
  edit: d,
  export: d,
  remove: d,
};
const r = missing('runs');
export const missingTrain: StudioApi['train'] = r;
export const missingRuns: StudioApi['runs'] = {
  start: r,
  pause: r,
  resume: r,
  stop: r,
  list: () => Promise.resolve([]),
  get: r,
  events: r,
  rename: r,
  remove: r,
  examples: r,
  checkpoints: r,
  compare: r,
  report: r,
  check: r,
  subscribe: () => () => undefined,
};
const m = missing('models');
export const missingModels: StudioApi['models'] = {
  list: () => Promise.resolve([]),
  get: m,
  predict: m,
  evaluate: m,
  compare: m,
  deploy: m,
  gate: m,
  rollback: m,
  deployments: () => Promise.resolve([]),
  formats: m,
  export: m,
  remove: m,
};
const e = missing('engine');
export const missingEngine: StudioApi['engine'] = { device: e, verify: e, plan: e };
export const missingData: DataApi = {
  preview: d,
  importFiles: d,
  cancel: d,
  rows: d,
  rowIds: d,
  stats: d,
  exportDataset: d,
  derive: d,
};
export const missingTrainer: TrainApi = {
  device: e,
  verify: e,
  run: e,
  pause: e,
  resume: e,
  stop: e,
  predict: e,
  evaluate: e,
  plan: e,
  exportModel: e,
  unload: e,
};
export const missingProjects: Pick<StudioApi['projects'], 'backup' | 'restore'> = {
  backup: missing('backup'),
  restore: missing('restore'),
};
