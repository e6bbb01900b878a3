// The nouns that are stored, exactly as they lie in IndexedDB and as scripts read them.
import type { BaseIdentity } from './bases';
import type { TuningTable } from './engine';
import type { TaxonomyCode } from '../lib/taxonomy';
import type { Metrics } from './metrics';

export type TaskId = string;
export type BackendName = 'webgpu' | 'wasm' | 'cpu';
export type BackendChoice = 'auto' | BackendName;

export interface Project {
  id: string;
  name: string;
  task: TaskId;
  createdAt: number;
  openedAt: number;
  sampleId?: string;
  /** Labels in the order shown; index = key. Grows by labelling, renaming and merging, never by itself shrinks. */
  labels: string[];
  /** The data set that screens and training use when none is named. */
  activeDatasetId?: string;
  /** Set once removed: hidden from every listing, purged soon after; until then it can be taken back. */
  removedAt?: number;
}

/** Our column name → theirs. */
export type Mapping = Partial<Record<MappedColumn, string>>;
export const mappedColumns = [
  'text',
  'label',
  'labels',
  'confidence',
  'split',
  'group',
  'user',
  'item',
  'rating',
  'timestamp',
  'type',
  'anchor',
  'positive',
  'negative',
  'sentence1',
  'sentence2',
  'score',
  'instruction',
  'input',
  'output',
  'messages',
] as const;
export type MappedColumn = (typeof mappedColumns)[number];

export type Split = 'train' | 'validation' | 'test';
export type ColumnType = 'text' | 'number' | 'boolean' | 'list' | 'object' | 'date' | 'empty' | 'mixed';

/** A cell as parsed: JSON only. Deep values (objects, lists of objects) are kept as they were. */
export type Cell = string | number | boolean | null | Cell[] | { [key: string]: Cell };

export interface ColumnInfo {
  name: string;
  type: ColumnType;
  /** Rows where the cell is empty or missing. */
  missing: number;
  /** Up to 1,000 distinct values were counted; beyond that the count is a lower bound. */
  distinct: number;
  distinctIsExact: boolean;
  meanLength?: number;
  maxLength?: number;
  /** Ten-bin histogram of text length (text) or value (number) for the tiny chart in the header. */
  histogram?: { edges: number[]; counts: number[] };
}

/** One line of the report. `rows` are 1-based data-row numbers as in the file (the first five). */
export interface ReportEntry {
  code: string;
  message: string;
  count: number;
  rows?: number[];
  column?: string;
  file?: string;
  values?: string[];
}

export interface DatasetStats {
  rowsRead: number;
  rowsKept: number;
  rowsRefused: number;
  labelled: number;
  unlabelled: number;
  classes: Record<string, number>;
  splits: Partial<Record<Split, number>>;
  duplicates: number;
  conflicting: number;
  empty: number;
  tooLong: number;
  textLength?: {
    mean: number;
    p50: number;
    p95: number;
    max: number;
    histogram: { edges: number[]; counts: number[] };
  };
  sizeBytes: number;
  columns: ColumnInfo[];
}

export interface DatasetReport {
  errors: ReportEntry[];
  warnings: ReportEntry[];
  stats: DatasetStats;
  files: {
    file: string;
    format: string;
    shape?: string;
    encoding?: string;
    delimiter?: string;
    compression?: string;
    rows: number;
    split?: Split;
  }[];
}

/** One immutable version of a data set. Its rows lie in `rowPages`, apart from this listing record. */
export interface Dataset {
  id: string;
  /** Set when removed and not yet purged: hidden from every listing, and can be taken back. */
  removedAt?: number;
  projectId: string;
  name: string;
  /** 1, 2, 3 … within its family. */
  version: number;
  /** The id of the first version; row ids are `${rootId}.${ordinal}` and survive versions. */
  rootId: string;
  parent?: string;
  /** What made this version from its parent, in words. */
  origin: string;
  createdAt: number;
  rows: number;
  columns: string[];
  mapping: Mapping;
  multiLabel: boolean;
  /** SHA-256 over columns, mapping and all row pages in order. */
  hash: string;
  report: DatasetReport;
  sizeBytes: number;
  /** The tree of labels that the file declares, where it has one. */
  taxonomy?: TaxonomyCode[];
  /** First row of every page, in order: how a row is found without walking the pages. */
  pageStarts?: number[];
}

/** Rows of one page, column by column. Written once, never changed. See storage/row-pages.ts for the bytes. */
export interface RowPage {
  datasetId: string;
  page: number;
  firstRow: number;
  rows: number;
  /** Encoded columns, see storage/row-page-codec.ts. */
  bytes: Uint8Array;
}

/** The label in force for one row once a person or a rule has touched it. */
export interface LabelRecord {
  projectId: string;
  /** `${rootId}.${ordinal}` */
  rowId: string;
  rootId: string;
  ordinal: number;
  labels: string[];
  origin: 'label' | 'correction' | 'rule';
  by: string;
  at: number;
  note?: string;
}

/** What was changed by whom: kept for ever, also after undo. */
export interface Correction {
  id: string;
  projectId: string;
  rowId: string;
  text: string;
  at: number;
  by: string;
  before: string[];
  after: string[];
  note: string;
  response?: string;
  shouldEscalate?: boolean;
  modelId?: string;
  undone?: boolean;
}

/** One act that can be undone and redone, in order, across reloads. */
export interface EditRecord {
  /** Increasing within the data base. */
  id?: number;
  projectId: string;
  at: number;
  by: string;
  what: string;
  /** Records before and after, by store; undefined = did not exist. */
  changes: EditChange[];
  undone: boolean;
  /** Undone, and then something else was done: kept in the history, never redone. */
  dropped?: boolean;
  /** Acts on many rows keep their label changes in `editParts`, this many of them. */
  parts?: number;
  rows?: number;
  /** A label that was renamed or merged: what older models still call `from` is `to` now. */
  renamed?: { from: string; to: string };
  /** An act on many rows that is being moved there, part by part: after a crash it is moved on to the end. */
  moving?: 'done' | 'undone' | 'gone';
}
/** What a label record says about its row, apart from which row it is. */
export type LabelState = Omit<LabelRecord, 'projectId' | 'rowId' | 'rootId' | 'ordinal'>;
/**
 * Labels of up to 4,096 neighbouring rows that acts on many rows gave, kept small: places in `states` from 1;
 * 0 = none here. A row's own LabelRecord, where it has one, is newer and holds instead.
 */
export interface LabelBlock {
  projectId: string;
  rootId: string;
  /** The ordinals from block * 4096 on. */
  block: number;
  entries: Uint16Array;
  states: LabelState[];
}
/**
 * Label changes of a stretch of rows: places in `states` from 1; 0 = none. `above` are the rows' own records
 * before the act, which it takes away; `before` and `after` are what their blocks say.
 */
export interface EditPart {
  editId: number;
  part: number;
  projectId: string;
  rootId: string;
  ordinals: Uint32Array;
  above?: Uint32Array;
  before: Uint32Array;
  after: Uint32Array;
  states: LabelState[];
}
export type EditChange =
  | { store: 'labels'; key: [string, string]; before?: LabelRecord; after?: LabelRecord }
  | { store: 'corrections'; key: string; before?: Correction; after?: Correction }
  | { store: 'projects'; key: string; before?: Project; after?: Project };

export interface Recipe {
  task: TaskId;
  dataset: string;
  seed: number;
  extends?: 'quick' | 'balanced' | 'best';
  config: Record<string, unknown>;
}

export type RunStatus = 'queued' | 'running' | 'paused' | 'interrupted' | 'stopped' | 'failed' | 'finished';

export interface Run {
  id: string;
  /** Set when removed and not yet purged: hidden from every listing, and can be taken back. */
  removedAt?: number;
  projectId: string;
  /** 1, 2, 3 … within the project. */
  number: number;
  name: string;
  task: TaskId;
  status: RunStatus;
  /** Complete: every config value filled in. */
  recipe: Recipe;
  /** What the network began from, with its hash; absent before the first sitting, and where it began from nothing. */
  base?: BaseIdentity;
  /** The config values that differ from the defaults. */
  changed: string[];
  /** Content hash of the rows with their labels as frozen at the start. */
  datasetHash: string;
  seed: number;
  backend: BackendName | null;
  adapter: string;
  threads: number;
  build: string;
  /** Steps done and planned. */
  steps: number;
  totalSteps: number;
  queuedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  /** Seconds of training over all sittings, pauses left out. */
  seconds: number;
  modelId: string | null;
  metrics: {
    validation: Metrics | null;
    test: Metrics | null;
    /** Milliseconds of one answer and of a thousand on this device, measured when the run ended. */
    latencyMs?: { one: number; thousand: number };
  };
  weightHash: string | null;
  sizeBytes: number;
  /** Index into the series colours, kept for life. */
  colour: number;
  bestStep: number | null;
  /** Variants of kernels it began with and keeps to, however this adapter is tuned later. */
  tuning?: TuningTable | null;
  splitRows: Record<Split, number>;
  error?: { name: string; message: string };
}

/** A point on a run's curves, or something that happened. In order of `seq`. */
export interface RunEvent {
  runId: string;
  seq: number;
  step: number;
  at: number;
  kind: 'log' | 'evaluation' | 'checkpoint' | 'note';
  message?: string;
  [metric: string]: number | string | undefined;
}

/** The rows of one split as they were when the run began: labels frozen. One record a run and split. */
export interface FrozenSplit {
  runId: string;
  split: Split;
  rowIds: string[];
  /** Label indices into `labels`, one list a row. */
  actual: number[][];
  labels: string[];
  /** Empty for the train split: its texts are read again from the data set's version. */
  texts: string[];
  /** Sample weights, one a row; absent = all 1. */
  weights?: number[];
  /** The labels of a row are a set (several labels) rather than one choice. */
  multiLabel?: boolean;
  /** How sure it is that a row's labels hold, 0 to 1; absent = all 1. `confidence` is how sure the model is. */
  certainty?: number[];
  /** Labels that form a tree: the parent of each, -1 at the top. */
  parents?: number[];
  /** Of the task embedding: what the rows are, their further texts, scores given, and cosines after the evaluation. */
  examples?: FrozenExamples;
  /** Filled after the evaluation: indices into labels, and top scores. */
  predicted?: number[][];
  confidence?: number[];
}

/** Rows that are pairs or triplets; `texts` of the split are their first texts. Lists are empty where rows have no such part. */
export interface FrozenExamples {
  form: 'scored-pairs' | 'pairs' | 'triplets' | 'labelled' | 'texts';
  /** What became 0 and 1. */
  scores: { low: number; high: number } | null;
  second: string[];
  third: string[];
  /** Scores from 0 to 1. */
  values: number[];
  /** Cosine of each pair by the base, and by the tuned model: of every so many rows, all where `every` is absent. */
  every?: number;
  before?: number[];
  after?: number[];
}

export interface TensorRecord {
  shape: number[];
  dtype: 'float32' | 'int32' | 'uint8' | 'float64';
  data: Float32Array | Int32Array | Uint8Array | Float64Array;
}
export type TensorMap = Record<string, TensorRecord>;

export interface Checkpoint {
  id: string;
  runId: string;
  step: number;
  at: number;
  kind: 'last' | 'best' | 'final';
  metrics: Record<string, number>;
  sizeBytes: number;
}

/** A version in the registry. Its weights lie in `weights` under `weightsId`. */
export interface Model {
  id: string;
  /** Set when removed and not yet purged: hidden from every listing, and can be taken back. */
  removedAt?: number;
  projectId: string;
  runId: string | null;
  task: TaskId;
  /** v1, v2 … within the project. */
  version: number;
  name: string;
  createdAt: number;
  labels: string[];
  multiLabel: boolean;
  datasetId: string;
  datasetHash: string;
  recipe: Recipe;
  seed: number;
  environment: { build: string; backend: BackendName | null; adapter: string; base?: BaseIdentity };
  metrics: Run['metrics'];
  weightHash: string;
  weightsId: string;
  sizeBytes: number;
  /** Latency of one and of a thousand predictions on this device, measured at the end of the run. */
  latency?: { oneMs: number; thousandMs: number };
}

/** Heavy bytes apart from listings. `meta` is what the task needs to rebuild itself: JSON. */
export interface WeightsRecord {
  id: string;
  runId?: string;
  tensors: TensorMap;
  meta: Record<string, unknown>;
  /** As stored, where it is large: records behind this one, and shapes of the tensors that were cut (storage/weights.ts). */
  parts?: number;
  cut?: Record<string, number[]>;
}

export interface GateDecision {
  rule: string;
  live: number | null;
  candidate: number | null;
  difference: number | null;
  reason: string;
  /** The rows both were scored on: how many, and of which split of the live model's run. */
  rows?: number;
  split?: Split;
  /** Which figure the numbers are; macro-F1 where absent. */
  figure?: string;
  /** The class that loses most F1 against the live model. */
  worstClass?: { label: string; live: number; candidate: number };
}

export interface Deployment {
  id: string;
  projectId: string;
  modelId: string;
  at: number;
  by: string;
  reason: string;
  live: boolean;
  decision?: GateDecision;
  /** A roll back: the deployment that was brought back. */
  restores?: string;
}

export interface Settings {
  backend: BackendChoice;
  modelHost: string;
  theme: 'system' | 'light' | 'dark';
  /** The name that labels, corrections and deployments are signed with. */
  author: string;
  resumeInterrupted: boolean;
  /** Longer portions of work for a graphics device. Other backends work beside the page, with all cores, either way. */
  fullSpeed: boolean;
  /** Keep the screen, and with it the computer, awake while a run trains. */
  wakeLock: boolean;
  keys: Record<string, string>;
}
