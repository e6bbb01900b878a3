// A run as one tidy table: one value a line, so that a spreadsheet or pandas can pivot it. Cells that would start
// a formula are guarded; numbers stay numbers.
import type { ClassificationMetrics } from '../contract/metrics';
import type { Run, RunEvent } from '../contract/records';
import { classification } from '../lib/metrics/figures';
import { csvLine } from '../formats/csv-write';

const columns = ['run', 'part', 'step', 'seconds', 'metric', 'class', 'value'];
const notMetrics: ReadonlySet<string> = new Set(['seq', 'step', 'at', 'runId', 'kind', 'message']);

/** Curves (`part` log or evaluation), then the figures of each judged split, whole and per class. */
export function reportCsv(run: Run, events: readonly RunEvent[]): string {
  const lines = [csvLine(columns)];
  const began = run.startedAt ?? run.queuedAt;
  for (const event of events) {
    if (event.kind !== 'log' && event.kind !== 'evaluation') continue;
    const seconds = Math.round(event.at - began) / 1000;
    for (const [metric, value] of Object.entries(event))
      if (!notMetrics.has(metric) && typeof value === 'number')
        lines.push(csvLine([run.name, event.kind, event.step, seconds, metric, '', value]));
  }
  for (const split of ['validation', 'test'] as const) {
    const metrics = classification(run.metrics[split]);
    if (metrics) lines.push(...figures(run, split, metrics));
  }
  return lines.join('');
}

function figures(run: Run, split: string, metrics: ClassificationMetrics): string[] {
  const lines: string[] = [];
  const add = (metric: string, label: string, value: number | null): number =>
    lines.push(csvLine([run.name, split, run.steps, run.seconds, metric, label, value]));
  for (const [metric, value] of Object.entries(metrics) as [string, unknown][])
    if (typeof value === 'number' || value === null) add(metric, '', value);
  for (const [label, one] of Object.entries(metrics.perClass))
    for (const [metric, value] of Object.entries(one) as [string, number][]) add(metric, label, value);
  return lines;
}
