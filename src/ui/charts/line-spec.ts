// What a line chart shows, as plain data, and what follows from it: ranges, the values under a cursor, the table.
// Knows nothing of canvases or of Chart.js.
import { decimate, nearestIndex, smooth, type CurvePoints } from './curve';
import type { ChartTable } from './table';
import { niceTicks } from './ticks';

export interface ChartLine {
  id: string;
  /** Shown at the line's end and in the tooltip. */
  name: string;
  /** The run's own colour. */
  colour: number;
  /** Validation is dashed. */
  dashed?: boolean;
  points: CurvePoints;
}
export interface ChartMark {
  x: number;
  label: string;
  kind: 'best' | 'checkpoint' | 'note';
}
export interface LineChartSpec {
  title: string;
  /** Right of the title: the last values in words. */
  detail?: string;
  xTitle: string;
  yTitle: string;
  lines: ChartLine[];
  marks?: ChartMark[];
  /** Words for an x value (time as 1:20); numbers otherwise. */
  formatX?: (x: number) => string;
  logY?: boolean;
  /** 0 … 0.99 */
  smoothing?: number;
  /** Y starts at zero. */
  zeroBased?: boolean;
  /** Known ceiling, as 1 for shares. */
  ceiling?: number;
}
export type Range = readonly [number, number];

export interface DrawnLine {
  line: ChartLine;
  points: CurvePoints;
  faint: boolean;
}

/** All of x that any line covers; [0, 1] where there is nothing yet. */
export function xRange(lines: readonly ChartLine[]): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const { points } of lines) {
    if (!points.x.length) continue;
    low = Math.min(low, points.x[0]!);
    high = Math.max(high, points.x.at(-1)!);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** The lines as drawn in a window: the unsmoothed one faint behind the smoothed one, thinned to the pixels there are. */
export function drawnLines(spec: LineChartSpec, window: Range, pixels: number): DrawnLine[] {
  const buckets = Math.max(50, Math.floor(pixels / 3));
  const thin = (points: CurvePoints): CurvePoints => decimate(points, buckets, window[0], window[1]);
  const weight = spec.smoothing ?? 0;
  return spec.lines.flatMap((line) => {
    if (weight <= 0 || line.points.x.length < 4) return [{ line, points: thin(line.points), faint: false }];
    const smoothed = { x: line.points.x, y: smooth(line.points.y, weight) };
    return [
      { line, points: thin(line.points), faint: true },
      { line, points: thin(smoothed), faint: false },
    ];
  });
}

/** Y limits and ticks of what is in the window. `cut` is true where the axis does not begin at zero. */
export function yAxis(
  spec: LineChartSpec,
  drawn: readonly DrawnLine[],
  window: Range,
): { range: Range; ticks: number[]; cut: boolean } {
  let low = Infinity;
  let high = -Infinity;
  for (const { points } of drawn) {
    for (let i = 0; i < points.x.length; i++) {
      const x = points.x[i]!;
      const y = points.y[i]!;
      if (x < window[0] || x > window[1] || !Number.isFinite(y) || (spec.logY && y <= 0)) continue;
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
  }
  if (low > high)
    return { range: spec.logY ? [0.1, 1] : [0, 1], ticks: spec.logY ? [0.1, 1] : [0, 0.5, 1], cut: false };
  if (spec.logY) {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const factor of [1, 2, 5]) ticks.push(Number(`${factor}e${power}`));
    }
    const inside = ticks.filter((tick) => tick >= low * 0.9 && tick <= high * 1.1);
    return { range: [low * 0.9, high * 1.1], ticks: inside, cut: false };
  }
  if (spec.zeroBased && low >= 0) low = 0;
  if (high === low) {
    high += Math.abs(high) * 0.1 || 1;
    if (low !== 0) low -= Math.abs(low) * 0.1;
  }
  const room = (high - low) * 0.06;
  high += room;
  if (low !== 0) low = low > 0 && low - room < 0 ? 0 : low - room;
  if (spec.ceiling !== undefined && high > spec.ceiling) high = Math.max(spec.ceiling, high - room);
  return { range: [low, high], ticks: niceTicks(low, high, 5), cut: low > 0 };
}

export interface CursorValue {
  line: ChartLine;
  x: number;
  y: number;
}

/** The measured (unsmoothed) value of each line nearest to x. */
export function valuesAt(lines: readonly ChartLine[], x: number): CursorValue[] {
  return lines.flatMap((line) => {
    const index = nearestIndex(line.points.x, x);
    return index < 0 ? [] : [{ line, x: line.points.x[index]!, y: line.points.y[index]! }];
  });
}

/** One row an x value, one column a line; empty where a line has no value there. */
export function lineTable(spec: LineChartSpec): ChartTable {
  const xs = [...new Set(spec.lines.flatMap(({ points }) => [...points.x]))].sort((a, b) => a - b);
  const byLine = spec.lines.map(({ points }) => new Map([...points.x].map((x, i) => [x, points.y[i]!])));
  return {
    columns: [spec.xTitle, ...spec.lines.map((line) => line.name)],
    rows: xs.map((x) => [x, ...byLine.map((values) => values.get(x) ?? null)]),
  };
}
