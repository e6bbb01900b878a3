// What a task is. spec.ts (shared) declares it, train.ts (worker) does it, Panel.svelte (page) shows it.
// Nobody outside a task's folder switches on its id.
import type { Base } from '../contract/bases';
import type { MemoryNeed, StepProfile, TuningTable } from '../contract/engine';
import type { Metrics } from '../contract/metrics';
import type { BackendName, Dataset, MappedColumn, Project, Recipe, Run, Split, TensorMap } from '../contract/records';
import type { Prediction, RunPlan } from '../contract/train';
import type { Fields } from '../lib/fields';

/** A format that a model can be taken away in. */
export interface TakeAway {
  format: string;
  title: string;
  /** What opens it. */
  opens: string;
  /** Lines that use it. */
  snippet: string;
  /** Whether a model made with these settings has it. Absent = always. */
  when?: (config: Readonly<Record<string, unknown>>) => boolean;
}

export interface TaskSpec<F extends Fields = Fields> {
  id: string;
  title: string;
  /** One line for the card on the Train screen. */
  summary: string;
  fields: F;
  presets: Record<'quick' | 'balanced' | 'best', Partial<Record<keyof F, unknown>>>;
  /**
   * Defaults that follow from other settings, such as the rate from what the network starts from. They beat
   * fields' defaults and presets, and what is set by hand beats them. `chosen`: every setting as it would be without them.
   */
  defaultsFor?(
    chosen: Readonly<Record<string, unknown>>,
    preset: 'quick' | 'balanced' | 'best' | undefined,
  ): Partial<Record<keyof F & string, unknown>>;
  /** Columns of the mapping the task reads; `required` in the sense of "one of". */
  columns: { required: MappedColumn[][]; optional: MappedColumn[] };
  /** Fewest labelled rows a run starts with, unless a field `minSamples` says otherwise. */
  minSamples: number;
  /** Charts of the run page, in order. */
  curves: { metric: string; title: string; unit?: string; validation?: string; zeroBased?: boolean }[];
  /** The figure that stands for a model in lists, gates and advice: its name in contract/metrics.ts. */
  primaryMetric: string;
  exports: TakeAway[];
  /** Settings a field must meet together; fields alone are checked from their own ranges. */
  check?(config: Record<string, unknown>): { field: string; message: string }[];
  sample?: string;
  /** Whole choices that the form offers as buttons, for the bases that are here. */
  shortcuts?(bases: readonly Base[]): Shortcut[];
}

/** Settings that are set together. */
export interface Shortcut {
  title: string;
  help: string;
  config: Record<string, unknown>;
}

/** Rows as a run sees them: frozen text and labels, one entry a row. Indices into `labels`. */
export interface TaskRows {
  rowIds: string[];
  texts: string[];
  /** [rows][labels of the row] */
  targets: number[][];
  /** Sample weights; corrected rows count `correctedWeight`. */
  weights: Float64Array;
  /** How sure it is that the labels hold, 0 to 1 a row; absent = all 1. */
  certainty?: Float64Array;
}
export interface TaskData {
  labels: string[];
  multiLabel: boolean;
  /** Labels that form a tree: the parent of each, -1 at the top. Rows then have every label above theirs, too. */
  parents?: number[];
  splits: Record<Split, TaskRows>;
}

/** `Device`: the engine's (workers/backends/device.ts); this file may not know it. */
export interface TrainerContext<Device = unknown, Data = TaskData> {
  config: Record<string, unknown>;
  seed: number;
  data: Data;
  backend: BackendName;
  /** Where the task's plans are replayed; null where the task has threads and kernels of its own (usesBackend). */
  device?: Device | null;
  /** Kernel variants that its plans are made with, for the pins; null = the safe ones. */
  tuning?: TuningTable | null;
  signal: AbortSignal;
  /** Long single steps report inside themselves; phase in the user's words. */
  report(phase: string, fraction: number | null): void;
  /** What was decided on the way and should be known: a note of the run. */
  note?(message: string): void;
}

/** For one step only; none of it changes what a later step does with the same weights. */
export interface StepOptions {
  /** Instead of what the schedule says: the learning-rate range test. */
  learningRate?: number;
  /** Told where the time of this step went. The step computes the same bits. */
  onProfile?: (profile: Omit<StepProfile, 'backend' | 'adapter' | 'step'>) => void;
}

/**
 * How a task reads its rows, keeps them for a run, and judges by them. `Data` is the task's own: what `read` gives goes to
 * `prepare` and back to these functions, and nobody else looks inside.
 */
export interface RowKind<Data, P extends Predictor = Predictor, T extends Trainer = Trainer> {
  /** Reads, checks and splits. DatasetError names what is missing. `most`: only about so many rows, for measuring. */
  read(recipe: Recipe, spec: TaskSpec, dataset: Dataset, project: Project, most?: number): Promise<ReadRows<Data>>;
  /** Stores what a later sitting of the run must find unchanged. */
  store(run: Run, data: Data): Promise<void>;
  /** What `store` kept; null before the first sitting. DatasetError where its rows are gone. */
  thaw(run: Run, dataset: Dataset): Promise<Data | null>;
  /** SHA-256 over all that the run sees. */
  hash(data: Data): Promise<string>;
  counts(data: Data): Record<Split, number>;
  /** For the model's record; empty where the task has no labels. */
  labels(data: Data): { labels: string[]; multiLabel: boolean };
  /** Judges the trainer as it is now, on validation rows; null where there are none. */
  validation(data: Data, trainer: T): Validation | null;
  /** Judges the finished model on every row of a split, and stores its answers; null where there are no rows. */
  judge(run: Run, split: Split, data: Data, predictor: P): Promise<Metrics | null>;
  /** Milliseconds of one answer and of a thousand; null where nothing can be asked. */
  latency(data: Data, predictor: P): Promise<{ oneMs: number; thousandMs: number } | null>;
}

export interface Validation {
  (): Promise<StepMetrics>;
  /** F1 of each label when it last judged (lib/label-curves.ts); absent where there are no labels, or too many. */
  labelF1?: () => string;
}

export interface ReadRows<Data> {
  data: Data;
  /** What was decided on the way and should be known: for the run's notes. */
  notes: string[];
}

/** Scalars of one step, by metric name (loss, learningRate, gradientNorm …). Empty where a step has none. */
export type StepMetrics = Record<string, number>;

/** Probabilities of rows: Float32/64 [rows, labels], row-major. */
export interface Scores {
  rows: number;
  labels: number;
  values: Float64Array | Float32Array;
  /** Several labels: threshold per label; absent = argmax. */
  thresholds?: number[];
  /** Several labels: the best one is given where none reaches its threshold. */
  atLeastOne?: boolean;
  /** Labels that form a tree: the parent of each, -1 at the top. The values are consistent with it already. */
  parents?: readonly number[];
}

/**
 * One run's worth of work for a task. THE loop (workers/loop.ts) owns order, pausing, stopping, evaluating,
 * checkpoints and best-keeping; a trainer only knows how to make one step. Everything that a later step
 * depends on is in `state()`, so that restore + remaining steps equals the uninterrupted run bit for bit.
 */
export interface Trainer {
  readonly totalSteps: number;
  /** Rows one step looks at, for examples/s. */
  readonly examplesPerStep: number;
  /** Threads of its own kernels; absent where the backend computes. */
  readonly threads?: number;
  /** Does step `step` (0-based). What it gives is empty where the device has not answered yet: see `told`. */
  step(step: number, options?: StepOptions): Promise<StepMetrics>;
  /** Values of steps whose figures were not given yet, in order. The loop asks before it logs, judges or saves. */
  told?(): Promise<{ step: number; values: StepMetrics }[]>;
  /** What it holds now, measured; absent where that is not known. */
  memory?(): MemoryNeed;
  /** How many steps between logs / evaluations / checkpoints; 0 = only at the end. */
  readonly cadence: { log: number; evaluate: number; save: number };
  /** Early stopping and best-keeping; null keeps the last. */
  readonly best: { metric: string; higherIsBetter: boolean; patience: number } | null;
  state(): Promise<TensorMap>;
  /**
   * Beside the arrays: what a later step relies on and must find unchanged (kernel variants, plan, seed, place in the
   * order of rows), as plain data. Lies in the checkpoint; `restore` is given it again.
   */
  pins?(): Record<string, unknown>;
  /** Notes where the pins say that the steps would not be the same any more. */
  restore(state: TensorMap, step: number, pins?: Record<string, unknown>): Promise<void>;
  /** What is kept as the model: also what weightHash is taken over. */
  weights(): Promise<{ tensors: TensorMap; meta: Record<string, unknown> }>;
  dispose(): void;
}

/** A trainer that puts labels on texts. */
export interface LabelTrainer extends Trainer {
  score(texts: string[]): Promise<Scores>;
}

/** A model that answers, rebuilt from stored weights: with labels, with vectors, or with both. */
export interface Predictor {
  readonly labels: string[];
  readonly multiLabel: boolean;
  predict?(texts: string[], options: { topK: number; evidence?: boolean }): Promise<Prediction[]>;
  score?(texts: string[]): Promise<Scores>;
  /** Vectors of texts, as many numbers each. */
  embed?(texts: string[]): Promise<Float32Array[]>;
  dispose(): void;
}

/** A model that puts labels on texts. */
export interface LabelPredictor extends Predictor {
  predict(texts: string[], options: { topK: number; evidence?: boolean }): Promise<Prediction[]>;
  score(texts: string[]): Promise<Scores>;
}

export function putsLabels(predictor: Predictor): predictor is LabelPredictor {
  return predictor.predict !== undefined && predictor.score !== undefined;
}

/** What is known before a row is read. `base`: where the recipe starts from one that is stored. */
export interface PlanSize {
  rows: number;
  labels: number;
  meanLength: number;
  base?: Base;
}

/** A setting that can be lowered to hold less, mildest first in its task's list. */
export interface Saving {
  field: string;
  /** What it costs, in the user's words. */
  why: string;
  /** The config with one notch less, or null where it cannot go lower. */
  lower(config: Record<string, unknown>): Record<string, unknown> | null;
}

/**
 * `Data` are the task's rows. Tasks that put labels on texts leave `rows` out and get the rows of workers/freeze.ts; others
 * bring their own. Methods, so that a table may hold tasks of every kind: rows go back only to the task that read them.
 */
export interface TaskTraining<
  Device = unknown,
  Data = TaskData,
  P extends Predictor = LabelPredictor,
  T extends Trainer = LabelTrainer,
> {
  id: string;
  rows?: RowKind<Data, P, T>;
  /** For the planner, where a run would not fit. */
  savings?: readonly Saving[];
  prepare(context: TrainerContext<Device, Data>): Promise<T>;
  load(
    weights: { tensors: TensorMap; meta: Record<string, unknown> },
    model: { labels: string[]; multiLabel: boolean; backend: BackendName; device?: Device | null },
  ): Promise<P>;
  /** True where the task's steps are plans for the engine's devices; false where it has threads of its own. */
  usesBackend: boolean;
  plan(config: Record<string, unknown>, size: PlanSize): RunPlan;
  exportFiles(
    format: string,
    weights: { tensors: TensorMap; meta: Record<string, unknown> },
    model: { name: string; labels: string[]; multiLabel: boolean; version: number },
  ): Promise<{ path: string; bytes: Uint8Array }[]>;
  /** Files of `exportFiles`, read as if they had been dropped here. Null where this studio does not open the format. */
  openExport?(
    format: string,
    files: { path: string; bytes: Uint8Array }[],
    model: { labels: string[]; multiLabel: boolean; device?: Device | null },
  ): Promise<Predictor | null>;
}
