// window.studio: everything the screens can do, a script can do. The screens call nothing else.
// Names and shapes are relied on from outside (README, "Scripting"): add freely, never rename.
import type { Base, BaseCheck, BaseProgress } from './bases';
import type { ImportOptions, ImportPreview, ImportProgress, RowsQuery, RowsResult, Where } from './data';
import type { BatchSizeCurve, EngineProgress, LearningRateRange, StepProfile, TuningTable } from './engine';
import type { TrainEvent } from './events';
import type { HubDownload, HubListing, HubOptions, HubProgress } from './hub';
import type { BaseLayers, CutText, EmbeddingMap, MapProgress, MapRows, NearRow, TokenLengths } from './map';
import type { ClassificationMetrics, Metrics } from './metrics';
import type {
  BackendName,
  Correction,
  Dataset,
  DatasetReport,
  Deployment,
  FrozenSplit,
  GateDecision,
  Mapping,
  Model,
  Project,
  Recipe,
  Run,
  RunEvent,
  Settings,
  Split,
} from './records';
import type { DeviceInfo, KernelCheck, Prediction, RunPlan } from './train';
import type { TaskSpec } from '../tasks/task';

export interface ReadyInfo {
  backend: BackendName;
  adapter: string;
  threads: number;
  crossOriginIsolated: boolean;
  selfTest: DeviceInfo['selfTest'];
}

export interface SampleInfo {
  id: string;
  title: string;
  subtitle: string;
  task: string;
  rows: number;
  /** Seconds the first model takes on this computer, measured or scaled; null before anything was measured. */
  secondsHere: number | null;
}

export interface ImportResult {
  id: string;
  parent?: string;
  rows: number;
  columns: string[];
  mapping: Mapping;
  hash: string;
  report: DatasetReport;
}

/** A recipe as scripts write it: what is left out is filled from the preset and the defaults. */
export interface RecipeInput {
  task?: string;
  dataset?: string;
  seed?: number;
  extends?: Recipe['extends'];
  config?: Record<string, unknown>;
  name?: string;
}

export interface QueueItem {
  rowId: string;
  datasetId: string;
  text: string;
  labels: string[];
  suggestion?: { label: string; confidence: number; scores?: { label: string; score: number }[] };
}
export type QueueOrder = 'least-confident' | 'margin' | 'entropy' | 'newest' | 'oldest' | 'random' | 'disagreement';

/** One run against the baseline on the same rows. */
export interface ComparedRun {
  runId: string;
  modelId: string | null;
  metrics: ClassificationMetrics | null;
  /** Of a run that puts no labels on texts: its own figures at its end. */
  figures?: Metrics | null;
  /** Against the first run given: difference in macro-F1 with a 95 % paired bootstrap interval. */
  difference: { f1Macro: number; low: number; high: number; clear: boolean } | null;
  mcnemar: { onlyThis: number; onlyBaseline: number; pValue: number } | null;
  perClassDelta: Record<string, number>;
}

export interface RunComparison {
  baseline: string;
  split: Split | 'none';
  rows: number;
  runs: ComparedRun[];
  /** Config keys that differ, with one value a run (undefined = not a setting of that task). */
  configDiff: Record<string, unknown[]>;
  /** The rows seen by all, with what each run answered. */
  answers: { rowId: string; text: string; actual: string[]; predicted: string[][]; confidence: number[] }[];
  advice: string[];
}

export interface StorageInfo {
  usedBytes: number;
  quotaBytes: number;
  persisted: boolean;
  /** By kind: rows, weights, checkpoints, events … */
  byKind: Record<string, number>;
  /** Set when the last write failed, until one succeeds. */
  problem: string | null;
}

export interface EditSummary {
  id: number;
  at: number;
  by: string;
  what: string;
  undone: boolean;
  /** Undone, then something else was done: shown, never redone. */
  dropped?: boolean;
}

export interface DeployResult {
  deployed: boolean;
  decision: GateDecision;
}

export interface TabState {
  /** False where another tab works on the project: everything is shown, nothing can be changed. */
  writable: boolean;
}

/** Bases from the model host that the settings allow; refused with UnsupportedError where they name none. */
export interface HubBases {
  /** What would be fetched of `owner/name[@revision]`, with sizes. Fetches no file. */
  find(repository: string, options?: HubOptions & { revision?: string; signal?: AbortSignal }): Promise<HubListing>;
  /**
   * Fetches what a base needs, checks it and adds it. What is cut or cancelled is kept and goes on from there when it is
   * asked for again.
   */
  download(
    repository: string,
    options?: HubOptions & { revision?: string; onProgress?: (progress: HubProgress) => void; signal?: AbortSignal },
  ): Promise<Base>;
  /** Ends a question or download by the name it was asked with, within a second. */
  cancel(repository: string): Promise<void>;
  /** Downloads that were not finished, newest first. */
  downloads(): Promise<HubDownload[]>;
  /** Throws away what came of one. */
  removeDownload(id: string): Promise<void>;
}

export interface StudioApi {
  ready(): Promise<ReadyInfo>;
  samples(): SampleInfo[];
  /** Every kind of model this build can train: fields, presets, curves, what it reads. In the order of their titles. */
  tasks(): TaskSpec[];
  projects: {
    create(project: { name: string; task: string }): Promise<Project>;
    list(): Promise<Project[]>;
    get(id: string): Promise<Project>;
    rename(id: string, name: string): Promise<Project>;
    remove(id: string): Promise<void>;
    /** Takes back the last `remove` while the page lives (the toast). */
    restoreRemoved(id: string): Promise<Project>;
    fromSample(sampleId: string): Promise<Project>;
    backup(id: string): Promise<Blob>;
    restore(backup: Blob): Promise<Project>;
    /** Which tab may write; calls back at once and on every change. Returns the way to stop listening. */
    watch(id: string, listener: (state: TabState) => void): () => void;
  };
  datasets: {
    preview(files: File[], options?: ImportOptions): Promise<ImportPreview>;
    import(
      projectId: string,
      files: File[],
      options?: ImportOptions & { onProgress?: (progress: ImportProgress) => void; signal?: AbortSignal },
    ): Promise<ImportResult>;
    list(projectId: string, options?: { versions?: boolean }): Promise<Dataset[]>;
    get(id: string): Promise<Dataset>;
    rows(id: string, query: RowsQuery): Promise<RowsResult>;
    rowIds(id: string, where?: Where): Promise<string[]>;
    stats(id: string): Promise<DatasetReport['stats']>;
    validate(id: string): Promise<DatasetReport>;
    /** A new version with other columns mapped. */
    remap(id: string, mapping: Mapping): Promise<ImportResult>;
    clean(
      id: string,
      options: { duplicates?: boolean; empty?: boolean; maxLength?: number; conflicting?: boolean },
    ): Promise<ImportResult>;
    split(
      id: string,
      options: {
        train: number;
        validation: number;
        test: number;
        seed?: number;
        stratify?: boolean;
        group?: string;
      },
    ): Promise<ImportResult>;
    assignSplit(id: string, rowIds: string[], split: Split | null): Promise<ImportResult>;
    removeRows(id: string, rowIds: string[]): Promise<ImportResult>;
    edit(id: string, cells: { rowId: string; column: string; value: string }[]): Promise<ImportResult>;
    export(id: string, format: string): Promise<Blob>;
    remove(id: string): Promise<void>;
    /** Takes a removal back while it can: ten minutes, or until the disk is full. */
    restoreRemoved(id: string): Promise<Dataset>;
  };
  train(
    projectId: string,
    recipe: RecipeInput,
    options?: { onEvent?: (event: TrainEvent) => void; signal?: AbortSignal },
  ): Promise<Run>;
  runs: {
    start(projectId: string, recipe: RecipeInput): Promise<{ runId: string }>;
    pause(id: string): Promise<void>;
    resume(id: string): Promise<void>;
    stop(id: string, options?: { keep?: boolean }): Promise<void>;
    list(projectId: string): Promise<Run[]>;
    get(id: string): Promise<Run>;
    events(id: string): Promise<RunEvent[]>;
    rename(id: string, name: string): Promise<Run>;
    remove(id: string): Promise<void>;
    /** Takes a removal back while it can: ten minutes, or until the disk is full. */
    restoreRemoved(id: string): Promise<Run>;
    /** Rows of a split with truth and answers, as frozen by the run. */
    examples(id: string, split: Split): Promise<FrozenSplit>;
    checkpoints(id: string): Promise<import('./records').Checkpoint[]>;
    compare(ids: string[]): Promise<RunComparison>;
    report(id: string, format: 'html' | 'csv' | 'yaml' | 'json'): Promise<Blob>;
    /** Fills a recipe from preset and defaults and checks it as a whole; rejects with every wrong field named. */
    check(projectId: string, recipe: RecipeInput): Promise<Recipe>;
    /** Live events of every run, from every tab. Returns the way to stop listening. */
    subscribe(listener: (event: TrainEvent) => void): () => void;
  };
  models: {
    list(projectId: string): Promise<Model[]>;
    get(id: string): Promise<Model>;
    predict(id: string, inputs: string[], options?: { topK?: number; evidence?: boolean }): Promise<Prediction[]>;
    /** One vector a text, of a base, the starter or a model that gives vectors. */
    embed(id: string, texts: string[]): Promise<Float32Array[]>;
    evaluate(
      id: string,
      options: { datasetId?: string; split?: Split; rows?: { text: string; label?: string; labels?: string[] }[] },
    ): Promise<ClassificationMetrics>;
    compare(ids: string[], options: { datasetId: string; split?: Split }): Promise<RunComparison>;
    deploy(id: string, options?: { override?: string }): Promise<DeployResult>;
    /** What the gate would answer now; changes nothing. */
    gate(id: string): Promise<DeployResult>;
    rollback(projectId: string): Promise<Deployment>;
    deployments(projectId: string): Promise<Deployment[]>;
    /** Formats this model can be taken away in. */
    formats(id: string): Promise<{ format: string; title: string; opens: string; snippet: string }[]>;
    export(id: string, format: string): Promise<Blob>;
    /**
     * Opens what `export` gives as if it had been dropped here and asks both these texts: the largest difference of any
     * number. Null where this studio does not open the format.
     */
    prove(id: string, format: string, texts: string[]): Promise<number | null>;
    remove(id: string): Promise<void>;
    /** Takes a removal back while it can: ten minutes, or until the disk is full. */
    restoreRemoved(id: string): Promise<Model>;
  };
  /** What a run can start from and what can embed by itself; of no project. */
  bases: HubBases & {
    /**
     * A model's folder: the files of a drop, with their folder's name before them or not, or a zip. Refused with the exact
     * piece that is missing or wrong. The same files again give the base that is there.
     */
    add(
      files: File[],
      options?: { name?: string; onProgress?: (progress: BaseProgress) => void; signal?: AbortSignal },
    ): Promise<Base>;
    /** The starter first, then as they were added. */
    list(): Promise<Base[]>;
    get(id: string): Promise<Base>;
    rename(id: string, name: string): Promise<Base>;
    /** Refused while a run that has not ended uses it. Models keep what they learnt. */
    remove(id: string): Promise<void>;
    /** Takes a removal back while it can: ten minutes, or until the disk is full. */
    restoreRemoved(id: string): Promise<Base>;
    /** Compares a base with recorded numbers (expected.json, outputs.safetensors, grads.safetensors), one entry each. */
    check(id: string, files: File[]): Promise<BaseCheck[]>;
  };
  /** Where the rows of a version lie by the vectors of their texts. `by`: a base, 'starter' (else) or a model with vectors. */
  map: {
    /** The first picture (principal components) comes by `onPicture`; the answer is UMAP's. The same data gives the same map. */
    of(
      datasetId: string,
      options?: {
        by?: string;
        onProgress?: (progress: MapProgress) => void;
        onPicture?: (map: EmbeddingMap) => void;
        signal?: AbortSignal;
      },
    ): Promise<EmbeddingMap>;
    /** Ids, labels in force and splits of a map's points, in their order. */
    rows(datasetId: string): Promise<MapRows>;
    /** The rows nearest to any text, exactly; 10 of them unless `count` says otherwise. Makes the map where there is none. */
    nearest(
      datasetId: string,
      text: string,
      options?: {
        by?: string;
        count?: number;
        onProgress?: (progress: MapProgress) => void;
        signal?: AbortSignal;
      },
    ): Promise<NearRow[]>;
  };
  encoders: {
    /** Layers of a transformer base with their numbers of parameters. */
    layers(baseId: string): Promise<BaseLayers>;
    /** Tokens of each row (of at most 20,000, drawn evenly) by a base, 'starter' (else), or 'scratch' for words. */
    tokenLengths(
      datasetId: string,
      options?: { by?: string; onProgress?: (progress: MapProgress) => void; signal?: AbortSignal },
    ): Promise<TokenLengths>;
    /** What is read of the texts of some rows under a limit of tokens. */
    cutTexts(datasetId: string, options: { by?: string; places: number[]; maxLength: number }): Promise<CutText[]>;
  };
  review: {
    queue(
      projectId: string,
      options?: { order?: QueueOrder; limit?: number; datasetId?: string },
    ): Promise<QueueItem[]>;
    /**
     * What the labels given so far say about texts: of the data set worked on, by a head that follows every label. Null where
     * the newest model knows better, or fewer than two labels are in use.
     */
    suggest(projectId: string, texts: string[]): Promise<Prediction[] | null>;
    label(label: { projectId: string; rowId: string; labels: string[] }): Promise<EditSummary | null>;
    /** One act, one undo, however many rows. */
    labelMany(act: {
      projectId: string;
      rowIds: string[];
      labels: string[];
      mode: 'set' | 'add' | 'remove';
    }): Promise<void>;
    correct(correction: {
      projectId: string;
      rowId: string;
      labels: string[];
      note?: string;
      response?: string;
      shouldEscalate?: boolean;
    }): Promise<Correction & { editId: number | null }>;
    addLabel(projectId: string, label: string): Promise<Project>;
    /** Carries all rows over; merging = renaming to a label that exists. */
    renameLabel(projectId: string, from: string, to: string): Promise<{ rows: number }>;
    /** Takes back one act on single rows, also when newer ones stand above it; null where its rows changed since. */
    takeBack(projectId: string, editId: number): Promise<EditSummary | null>;
    undo(projectId: string): Promise<EditSummary | null>;
    redo(projectId: string): Promise<EditSummary | null>;
    history(projectId: string): Promise<EditSummary[]>;
    corrections(projectId: string): Promise<Correction[]>;
  };
  engine: {
    device(): Promise<DeviceInfo>;
    /** Every kernel against its plain reference, on each backend that starts. */
    verify(onProgress?: (progress: EngineProgress) => void, signal?: AbortSignal): Promise<KernelCheck[]>;
    plan(projectId: string, recipe: RecipeInput): Promise<RunPlan>;
    /** Times the variants of kernels on this computer again and keeps the fastest. Runs keep those they began with. */
    tune(onProgress?: (progress: EngineProgress) => void, signal?: AbortSignal): Promise<TuningTable[]>;
    /** Trains a few steps at each batch size; keeps nothing. */
    findBatchSize(
      projectId: string,
      recipe: RecipeInput,
      onProgress?: (progress: EngineProgress) => void,
      signal?: AbortSignal,
    ): Promise<BatchSizeCurve>;
    /** Trains about a hundred steps with a rate that rises from tiny to too large; keeps nothing. */
    learningRateRange(
      projectId: string,
      recipe: RecipeInput,
      onProgress?: (progress: EngineProgress) => void,
      signal?: AbortSignal,
    ): Promise<LearningRateRange>;
    /** Where the time of one step goes: of a run (its next step where it is training) or of a recipe. */
    profile(target: { runId: string } | { projectId: string; recipe: RecipeInput }): Promise<StepProfile>;
  };
  storage: {
    info(): Promise<StorageInfo>;
    /** Asks the browser to keep the data; true when it does. */
    persist(): Promise<boolean>;
  };
  settings: {
    get(): Promise<Settings>;
    set(change: Partial<Settings>): Promise<Settings>;
  };
  /** Any stored record changed, in this tab or another. `stores` names which. Returns the way to stop listening. */
  onChange(listener: (change: { stores: string[]; projectId?: string }) => void): () => void;
}
