// The one stream that comes up from the train worker. Throttled there; every event says which run and step.
import type { BackendName, Run, RunEvent } from './records';

export type TrainEvent =
  | { type: 'status'; runId: string; step: number; run: Run }
  | { type: 'progress'; runId: string; step: number; progress: RunProgress }
  | { type: 'events'; runId: string; step: number; events: RunEvent[] }
  | { type: 'device'; runId: string; step: number; backend: BackendName; adapter: string; message: string };

/** What the bar below shows. Sent at most ten times a second. */
export interface RunProgress {
  /** What is being done now, in the user's words: "vectorising", "fold 2 of 3", "training", "evaluating". */
  phase: string;
  step: number;
  totalSteps: number;
  examplesPerSecond: number | null;
  secondsLeft: number | null;
  /** Last values by metric name, for the sparkline. */
  latest: Record<string, number>;
}
