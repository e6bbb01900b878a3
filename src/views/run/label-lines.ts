// F1 of single labels at each evaluation, from a run's events to the lines of a chart. Pure.
import type { RunEvent } from '../../contract/records';
import { unpackShares } from '../../lib/label-curves';
import type { ChartLine } from '../../ui/charts/line-spec';
import { pointsOf, type RunOfCurve, type XAxis } from './curves';

interface LabelPoint {
  event: RunEvent;
  f1: number[];
}

/** Evaluations that recorded every label; of others (an older run, another set of labels) none. */
export function labelPoints(events: readonly RunEvent[], labels: number): LabelPoint[] {
  return events.flatMap((event) => {
    const { labelF1 } = event;
    if (event.kind !== 'evaluation' || typeof labelF1 !== 'string') return [];
    const f1 = unpackShares(labelF1);
    return f1.length === labels ? [{ event, f1 }] : [];
  });
}

/** Labels by F1 at the last evaluation, the weakest first. */
export function weakestFirst(points: readonly LabelPoint[], labels: readonly string[]): string[] {
  const last = points.at(-1)?.f1 ?? [];
  return labels
    .map((label, i) => ({ label, f1: last[i] ?? 0 }))
    .sort((a, b) => a.f1 - b.f1 || (a.label < b.label ? -1 : 1))
    .map(({ label }) => label);
}

/** One line a chosen label, in that order; colours follow the place. */
export function labelLines(
  points: readonly LabelPoint[],
  labels: readonly string[],
  chosen: readonly string[],
  run: RunOfCurve,
  axis: XAxis,
): ChartLine[] {
  return chosen.flatMap((label, colour): ChartLine[] => {
    const index = labels.indexOf(label);
    if (index < 0) return [];
    const own = points.map(({ event, f1 }): RunEvent => ({ ...event, f1: f1[index] }));
    return [{ id: `label/${label}`, name: label, colour, points: pointsOf(own, 'f1', run, axis) }];
  });
}

/** The labels an address names (a list as JSON); none where it names none that can be read. */
export function readLabels(text: string | null): string[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value.filter((label): label is string => typeof label === 'string') : [];
  } catch {
    return [];
  }
}
