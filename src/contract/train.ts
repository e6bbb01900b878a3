// What the train worker can be asked. client/trainer.ts gives the page this interface; errors keep their names.
import type { TrainEvent } from './events';
import type { ClassificationMetrics } from './metrics';
import type { BackendChoice, BackendName, LabelRecord, Recipe, Run } from './records';

export interface DeviceInfo {
  backend: BackendName;
  adapter: string;
  threads: number;
  crossOriginIsolated: boolean;
  /** Every backend that can start here, with the reason where one cannot or was not chosen. */
  available: { backend: BackendName; adapter: string; usable: boolean; software: boolean; reason: string }[];
  selfTest: { state: 'not-run' | 'passed' | 'failed'; checks: KernelCheck[] };
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
  bytes: number;
  steps: number;
  secondsEstimated: number;
  fits: boolean;
  advice: string[];
}

export interface TrainApi {
  device(choice: BackendChoice): Promise<DeviceInfo>;
  verify(): Promise<KernelCheck[]>;
  /** Runs a queued or resumes an interrupted/paused run to its end, writing run, events, checkpoints, model itself. */
  run(runId: string, choice: BackendChoice, onEvent: (event: TrainEvent) => void): Promise<Run>;
  pause(runId: string): Promise<void>;
  resume(runId: string): Promise<void>;
  /** Stop and keep: evaluates and registers what is there when `keep`, else marks the run stopped. */
  stop(runId: string, options: { keep: boolean }): Promise<void>;
  predict(modelId: string, inputs: string[], options: { topK: number; evidence?: boolean }): Promise<Prediction[]>;
  evaluate(
    modelId: string,
    rows: { rowIds: string[]; texts: string[]; actual: string[][] },
  ): Promise<ClassificationMetrics & { predicted: string[][]; confidence: number[] }>;
  plan(recipe: Recipe, projectId: string): Promise<RunPlan>;
  /** Files of an export, by path; the facade zips them. */
  exportModel(modelId: string, format: string): Promise<{ path: string; bytes: Uint8Array }[]>;
  /** Forget a loaded model (after removal, or when memory is short). */
  unload(modelId: string): Promise<void>;
}

export type { LabelRecord };
