// What the train worker can be asked. client/trainer.ts gives the page this interface; errors keep their names.
import type {
  BackendFacts,
  BatchSizeCurve,
  EngineProgress,
  LearningRateRange,
  MemoryNeed,
  PlanChange,
  PlanProbe,
  StepProfile,
  TuningTable,
} from './engine';
import type { TrainEvent } from './events';
import type { ClassificationMetrics } from './metrics';
import type { Base, BaseCheck, BaseProgress } from './bases';
import type { BackendChoice, BackendName, LabelRecord, Recipe, Run } from './records';

export interface DeviceInfo {
  backend: BackendName;
  adapter: string;
  threads: number;
  crossOriginIsolated: boolean;
  /** Every backend that can start here, with the reason where one cannot or was not chosen. */
  available: { backend: BackendName; adapter: string; usable: boolean; software: boolean; reason: string }[];
  selfTest: { state: 'not-run' | 'passed' | 'failed'; checks: KernelCheck[] };
  /** The same backends in full, for the device panel. */
  backends?: BackendFacts[];
}

export interface KernelCheck {
  backend: BackendName;
  kernel: string;
  ok: boolean;
  difference: number;
}

export interface Prediction {
  label: string;
  confidence: number;
  scores: { label: string; score: number }[];
  /** Several labels only. */
  labels?: string[];
  /** Words that drove the first label, when asked for: weight > 0 speaks for it. */
  evidence?: { term: string; start: number; end: number; weight: number }[];
}

export interface RunPlan {
  parameters: number;
  /** Those that the run changes, where they are not all. */
  trainedParameters?: number;
  /** False where other work than the steps takes the time: then none is tried out for it. */
  stepsTellTime?: boolean;
  bytes: number;
  steps: number;
  secondsEstimated: number;
  fits: boolean;
  advice: string[];
  /** What `bytes` is made of. */
  memory?: MemoryNeed;
  /** Times that validation rows are judged on the way. */
  evaluations?: number;
  /** Bytes a run may hold here. */
  budgetBytes?: number;
  /** What `secondsEstimated` is taken from; null where no step could be measured (then it is an estimate). */
  probe?: PlanProbe | null;
  /** Settings that would make it fit, the mildest first. Empty where it fits. */
  changes?: PlanChange[];
}

export type ProfileTarget = { runId: string } | { projectId: string; recipe: Recipe };

/** Texts that the labels of a version's rows are to be carried over to. */
export interface SuggestQuestion {
  datasetId: string;
  texts: string[];
  /** Another number after every change of labels: those read for one hold as long as it is the same. */
  revision: number;
  /** Answers only where a row was labelled after this time. */
  after: number;
  choice: BackendChoice;
}

export interface TrainApi {
  device(choice: BackendChoice): Promise<DeviceInfo>;
  /** `onProgress` as it goes; `cancel(jobId)` ends it. */
  verify(jobId: string, onProgress: (progress: EngineProgress) => void): Promise<KernelCheck[]>;
  /** Runs a queued or resumes an interrupted/paused run to its end, writing run, events, checkpoints, model itself. */
  run(runId: string, choice: BackendChoice, onEvent: (event: TrainEvent) => void): Promise<Run>;
  pause(runId: string): Promise<void>;
  resume(runId: string): Promise<void>;
  /** Stop and keep: evaluates and registers what is there when `keep`, else marks the run stopped. */
  stop(runId: string, options: { keep: boolean }): Promise<void>;
  predict(modelId: string, inputs: string[], options: { topK: number; evidence?: boolean }): Promise<Prediction[]>;
  /**
   * What the labels given so far say about texts, without a model: a head on the starter's vectors, refitted as labels
   * change. Null where fewer than two labels are in use, none is newer than asked for, or a run trains.
   */
  suggest(question: SuggestQuestion): Promise<Prediction[] | null>;
  evaluate(
    modelId: string,
    rows: { rowIds: string[]; texts: string[]; actual: string[][] },
  ): Promise<ClassificationMetrics & { predicted: string[][]; confidence: number[] }>;
  /** `choice`: the backend whose speed is measured; absent = the one of the last run or question. */
  plan(recipe: Recipe, projectId: string, choice?: BackendChoice): Promise<RunPlan>;
  /** Times the variants of kernels again. `onProgress` as it goes; `cancel(jobId)` ends it. */
  tune(jobId: string, onProgress: (progress: EngineProgress) => void): Promise<TuningTable[]>;
  /**
   * What `tune` does for the chosen backend, where that was never done and a run would have to wait for it. False where
   * there is nothing to time. Whatever is asked meanwhile ends it; its promise then rejects, and nothing is kept.
   */
  tuneAhead(choice: BackendChoice): Promise<boolean>;
  findBatchSize(
    jobId: string,
    recipe: Recipe,
    projectId: string,
    choice: BackendChoice,
    onProgress: (progress: EngineProgress) => void,
  ): Promise<BatchSizeCurve>;
  learningRateRange(
    jobId: string,
    recipe: Recipe,
    projectId: string,
    choice: BackendChoice,
    onProgress: (progress: EngineProgress) => void,
  ): Promise<LearningRateRange>;
  /** One step of a recipe, or of a run (the next one where it is training), call by call. */
  profile(target: ProfileTarget, choice: BackendChoice): Promise<StepProfile>;
  /** Checks and stores a model's folder. `onProgress` as it goes; `cancel(jobId)` ends it, and nothing is kept then. */
  addBase(jobId: string, files: File[], onProgress: (progress: BaseProgress) => void): Promise<Base>;
  /** The starter that ships with the app, as a record like the others'. */
  starter(): Promise<Base>;
  /** Compares a base with recorded numbers: the files expected.json, outputs.safetensors, grads.safetensors. */
  checkBase(id: string, files: File[], choice: BackendChoice): Promise<BaseCheck[]>;
  /** Vectors of texts by a base, the starter or a model, one after another in one piece of memory. */
  embed(id: string, texts: string[], choice?: BackendChoice): Promise<{ values: Float32Array; dimensions: number }>;
  /** Ends a tuning, a search or an addition; its promise rejects with AbortError. Unknown ids are left alone. */
  cancel(jobId: string): Promise<void>;
  /** Files of an export, by path; the facade zips them. */
  exportModel(modelId: string, format: string): Promise<{ path: string; bytes: Uint8Array }[]>;
  /**
   * Takes the model away, opens the files as if they had been dropped here, and asks both: the largest difference of any
   * number. Null where the format is not opened here.
   */
  proveExport(modelId: string, format: string, texts: string[]): Promise<number | null>;
  /** Forget a loaded model (after removal, or when memory is short). */
  unload(modelId: string): Promise<void>;
}

export type { LabelRecord };
