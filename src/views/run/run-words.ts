// Words and colours of runs: state, colour, the line below the title. The same on every screen.
import type { Model, Run, RunStatus } from '../../contract/records';
import { address } from '../../stores/place';

export const statusWords: Readonly<Record<RunStatus, string>> = {
  queued: 'Waiting',
  running: 'Training',
  paused: 'Paused',
  interrupted: 'Interrupted',
  stopped: 'Stopped',
  failed: 'Failed',
  finished: 'Finished',
};

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'run';
export const statusTones: Readonly<Record<RunStatus, Tone>> = {
  queued: 'plain',
  running: 'run',
  paused: 'warn',
  interrupted: 'warn',
  stopped: 'plain',
  failed: 'bad',
  finished: 'good',
};

/** A run that may still change by itself or go on. */
export function isOpen(run: Run): boolean {
  return run.status === 'queued' || run.status === 'running' || run.status === 'paused';
}

/** The colour a run keeps for life; a model without a run takes the first. */
export function runColour(runs: readonly Run[], runId: string | null): number {
  return runs.find((run) => run.id === runId)?.colour ?? 0;
}

/** "validation" or "test": the figures a finished run is judged by, test first. Null before any evaluation. */
export function judged(
  run: Run,
): { split: 'test' | 'validation'; metrics: NonNullable<Run['metrics']['test']> } | null {
  if (run.metrics.test) return { split: 'test', metrics: run.metrics.test };
  if (run.metrics.validation) return { split: 'validation', metrics: run.metrics.validation };
  return null;
}

/** A version that gives vectors: judged so, or from a task whose models have no labels where its rows could not be judged. */
export function isEncoder(metrics: Model['metrics'], labels: readonly string[], task: string): boolean {
  const kind = (metrics.test ?? metrics.validation)?.kind;
  return kind === undefined ? labels.length === 0 && task === 'embedding' : kind === 'embedding';
}

/** What a version is called beside its number: the name of the run that made it; '' where that says nothing more. */
export function modelTitle(model: Model, runs: readonly Run[]): string {
  const name = runs.find((run) => run.id === model.runId)?.name ?? model.name;
  return name === `v${model.version}` ? '' : name;
}

/** The address of a comparison, the baseline first; commas as they are, so that it can be read and typed. */
export function compareAddress(projectId: string, runIds: readonly string[]): string {
  return `${address(projectId, 'compare')}/${runIds.map(encodeURIComponent).join(',')}`;
}
