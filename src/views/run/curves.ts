// From a run's events to the charts of its page. Pure; what a chart shows is the task's `curves`.
import type { Run, RunEvent } from '../../contract/records';
import type { TaskSpec } from '../../tasks/task';
import type { CurvePoints } from '../../ui/charts/curve';
import type { ChartLine, ChartMark, LineChartSpec } from '../../ui/charts/line-spec';
import { exactNumber } from '../../ui/charts/ticks';

export type XAxis = 'step' | 'time' | 'examples';
export type Curve = TaskSpec['curves'][number];

/** What of a run its x axes need. */
export type RunOfCurve = Pick<Run, 'startedAt' | 'recipe'>;

/** Examples one step looks at, where the recipe says so; null where steps are of another kind. */
export function examplesPerStep(run: RunOfCurve): number | null {
  const { batchSize, gradientAccumulation } = run.recipe.config;
  if (typeof batchSize !== 'number') return null;
  return batchSize * (typeof gradientAccumulation === 'number' ? gradientAccumulation : 1);
}

function xOf(event: RunEvent, run: RunOfCurve, axis: XAxis, first: number): number {
  if (axis === 'time') return (event.at - first) / 1000;
  if (axis === 'examples') return event.step * (examplesPerStep(run) ?? 1);
  return event.step;
}

/** The points of one metric, x ascending. Time counts from the run's first event. */
export function pointsOf(events: readonly RunEvent[], metric: string, run: RunOfCurve, axis: XAxis): CurvePoints {
  const x: number[] = [];
  const y: number[] = [];
  const first = run.startedAt ?? events[0]?.at ?? 0;
  for (const event of events) {
    const value = event[metric];
    if (typeof value !== 'number') continue;
    const at = xOf(event, run, axis, first);
    if (x.length && at < x.at(-1)!) continue;
    x.push(at);
    y.push(value);
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y) };
}

/** What happened, to be marked on the curves: the best evaluation and kept checkpoints. */
export function marksOf(events: readonly RunEvent[], run: Run, axis: XAxis): ChartMark[] {
  const first = run.startedAt ?? events[0]?.at ?? 0;
  const marks: ChartMark[] = [];
  for (const event of events) {
    if (event.kind === 'checkpoint' && event.step !== run.bestStep)
      marks.push({ x: xOf(event, run, axis, first), label: event.message ?? 'checkpoint', kind: 'checkpoint' });
  }
  const best = run.bestStep === null ? undefined : events.find((event) => event.step === run.bestStep);
  if (best) marks.push({ x: xOf(best, run, axis, first), label: 'best', kind: 'best' });
  return marks;
}

export interface CurveOptions {
  axis: XAxis;
  smoothing: number;
  logY: boolean;
  formatTime: (seconds: number) => string;
}

export const xTitles: Readonly<Record<XAxis, string>> = { step: 'Step', time: 'Time', examples: 'Examples' };

/** The charts that have data, in the task's order; runs[0] is the page's own, the others are overlaid. */
export function chartsOf(
  curves: readonly Curve[],
  runs: readonly { run: Run; name: string; events: readonly RunEvent[] }[],
  options: CurveOptions,
): LineChartSpec[] {
  const own = runs[0];
  if (!own) return [];
  return curves.flatMap((curve) => {
    const lines = runs.flatMap((entry) => linesOf(curve, entry, options.axis, runs.length > 1));
    if (lines.length === 0) return [];
    const share = /accuracy|f1|precision|recall/i.test(curve.metric);
    const spec: LineChartSpec = {
      title: curve.title,
      detail: detailOf(curve, own.events, own.run),
      xTitle: xTitles[options.axis],
      yTitle: curve.unit ?? curve.title,
      lines,
      smoothing: options.smoothing,
      logY: options.logY,
      zeroBased: curve.zeroBased ?? false,
      marks: marksOf(own.events, own.run, options.axis),
      ...(options.axis === 'time' ? { formatX: options.formatTime } : {}),
      ...(share ? { ceiling: 1 } : {}),
    };
    return [spec];
  });
}

function linesOf(
  curve: Curve,
  { run, name, events }: { run: Run; name: string; events: readonly RunEvent[] },
  axis: XAxis,
  several: boolean,
): ChartLine[] {
  const kinds = [
    { metric: curve.metric, suffix: curve.validation ? 'train' : '', dashed: false },
    ...(curve.validation ? [{ metric: curve.validation, suffix: 'validation', dashed: true }] : []),
  ];
  return kinds.flatMap(({ metric, suffix, dashed }) => {
    const points = pointsOf(events, metric, run, axis);
    if (!points.x.length) return [];
    const words = several ? [name, suffix].filter(Boolean).join(', ') : suffix || curve.title;
    return [{ id: `${run.id}/${metric}`, name: words, colour: run.colour, dashed, points }];
  });
}

/** "train 0.31 · validation 0.47", "0.874 · best 0.876 at 520". */
export function detailOf(curve: Curve, events: readonly RunEvent[], run: Run): string {
  const last = (metric: string): number | undefined => {
    const value = events.findLast((event) => typeof event[metric] === 'number')?.[metric];
    return typeof value === 'number' ? value : undefined;
  };
  const now = last(curve.metric);
  const unit = curve.unit ? ` ${curve.unit}` : '';
  if (curve.validation) {
    const validation = last(curve.validation);
    return [
      now === undefined ? '' : `train ${exactNumber(now)}`,
      validation === undefined ? '' : `validation ${exactNumber(validation)}`,
    ]
      .filter(Boolean)
      .join(' · ');
  }
  if (now === undefined) return '';
  const best = events.find(
    (event) => event.kind === 'evaluation' && event.step === run.bestStep && typeof event[curve.metric] === 'number',
  );
  const bestValue = best?.[curve.metric];
  return `${exactNumber(now)}${unit}${typeof bestValue === 'number' && best ? ` · best ${exactNumber(bestValue)} at ${best.step}` : ''}`;
}

/** Settings whose value differs, by name: [before, after]; undefined where a task has no such setting. */
export function settingsDiff(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): [string, unknown, unknown][] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): [string, unknown, unknown][] =>
    JSON.stringify(before[name]) === JSON.stringify(after[name]) ? [] : [[name, before[name], after[name]]],
  );
}

/** A setting's value as written in recipes: 3e-3, [1,3], none. */
export function settingText(value: unknown, number: (value: number) => string): string {
  if (value === undefined) return '–';
  if (typeof value === 'number') return number(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
