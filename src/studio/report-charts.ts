// Drawings of the report: curves, the reliability diagram and the confusion matrix, as plain SVG that needs
// neither script nor style sheet of anybody else.
import type { ReliabilityBin } from '../contract/metrics';
import type { RunEvent } from '../contract/records';
import { figure, type Markup, markup, place, whole } from './report-markup';

export interface Series {
  metric: string;
  kind: 'log' | 'evaluation';
  points: { step: number; value: number }[];
}

const notMetrics: ReadonlySet<string> = new Set(['seq', 'step', 'at', 'runId', 'kind', 'message']);

/** One series a metric and kind, points in order of step. */
export function seriesOf(events: readonly RunEvent[]): Series[] {
  const found = new Map<string, Series>();
  for (const event of events) {
    if (event.kind !== 'log' && event.kind !== 'evaluation') continue;
    for (const [metric, value] of Object.entries(event)) {
      if (notMetrics.has(metric) || typeof value !== 'number' || !Number.isFinite(value)) continue;
      const key = `${event.kind} ${metric}`;
      const series = found.get(key) ?? { metric, kind: event.kind, points: [] };
      found.set(key, series);
      series.points.push({ step: event.step, value });
    }
  }
  return [...found.values()];
}

/** `validationLoss` is drawn with `loss`. */
export function chartOf(metric: string): string {
  const match = /^validation([A-Z])(.*)$/.exec(metric);
  return match ? `${match[1]!.toLowerCase()}${match[2]!}` : metric;
}

/** At most two points a pixel column: the lowest and the highest, so that no peak is lost. */
export function decimate(points: Series['points'], columns: number): Series['points'] {
  if (points.length <= columns * 2) return points;
  const from = points[0]!.step;
  const span = Math.max(1, points.at(-1)!.step - from);
  const kept: Series['points'] = [];
  let column = -1;
  let low = points[0]!;
  let high = points[0]!;
  const flush = (): void => {
    if (column < 0) return;
    kept.push(...(low === high ? [low] : low.step < high.step ? [low, high] : [high, low]));
  };
  for (const point of points) {
    const at = Math.min(columns - 1, Math.floor(((point.step - from) / span) * columns));
    if (at !== column) {
      flush();
      column = at;
      low = high = point;
    } else if (point.value < low.value) low = point;
    else if (point.value > high.value) high = point;
  }
  flush();
  return kept;
}

const width = 360;
const height = 190;
const box = { left: 48, right: 12, top: 10, bottom: 30 };

/** All curves of a run, one small chart a metric; dashed = on validation rows. */
export function curves(events: readonly RunEvent[], bestStep: number | null): Markup[] {
  const charts = new Map<string, Series[]>();
  for (const series of seriesOf(events)) {
    const name = chartOf(series.metric);
    charts.set(name, [...(charts.get(name) ?? []), series]);
  }
  return [...charts].map(([name, series]) => chart(name, series, bestStep));
}

function chart(name: string, series: readonly Series[], bestStep: number | null): Markup {
  const all = series.flatMap((one) => one.points);
  const lastStep = all.reduce((most, point) => Math.max(most, point.step), 1);
  const values = all.map((point) => point.value);
  let low = values.reduce((least, value) => Math.min(least, value), Infinity);
  let high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (low === high) {
    low -= Math.abs(low) * 0.1 || 1;
    high += Math.abs(high) * 0.1 || 1;
  }
  const x = (step: number): number => box.left + (step / lastStep) * (width - box.left - box.right);
  const y = (value: number): number =>
    height - box.bottom - ((value - low) / (high - low)) * (height - box.top - box.bottom);
  const ticks = [0, 0.5, 1].map((share) => low + (high - low) * share);
  const lines = series.map((one) => {
    const points = decimate(one.points, width).map((point) => `${place(x(point.step))},${place(y(point.value))}`);
    const dashed = one.kind === 'evaluation' ? 'dashed' : 'solid';
    return points.length === 1
      ? markup`<circle class="dot" cx="${points[0]!.split(',')[0]}" cy="${points[0]!.split(',')[1]}" r="3"/>`
      : markup`<polyline class="line ${dashed}" points="${points.join(' ')}"/>`;
  });
  const last = series.map(
    (one) => `${one.kind === 'evaluation' ? 'validation' : 'training'} ${short(one.points.at(-1)!.value)}`,
  );
  return markup`<figure><figcaption>${name} <small>${last.join(', ')}</small></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name} by step: ${last.join(', ')}">
${ticks.map((value) => markup`<line class="grid" x1="${box.left}" x2="${width - box.right}" y1="${place(y(value))}" y2="${place(y(value))}"/><text class="tick" x="${box.left - 6}" y="${place(y(value) + 4)}" text-anchor="end">${short(value)}</text>`)}
${bestStep !== null && bestStep <= lastStep && series.length > 0 ? markup`<line class="best" x1="${place(x(bestStep))}" x2="${place(x(bestStep))}" y1="${box.top}" y2="${height - box.bottom}"><title>best step ${whole(bestStep)}</title></line>` : ''}
<text class="tick" x="${box.left}" y="${height - 10}">0</text><text class="tick" x="${width - box.right}" y="${height - 10}" text-anchor="end">${whole(lastStep)} steps</text>
${lines}</svg></figure>`;
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.01 || size >= 1e5)) return value.toExponential(1);
  return size >= 100 ? whole(value) : String(Number(value.toPrecision(3)));
}

/** Accuracy by confidence; the diagonal is a model that means what it says. */
export function reliability(bins: readonly ReliabilityBin[]): Markup {
  const size = 240;
  const inner = size - 60;
  const at = (share: number): number => 44 + share * inner;
  const up = (share: number): number => size - 40 - share * inner;
  const most = bins.reduce((top, bin) => Math.max(top, bin.count), 1);
  const bars = bins.map((bin) => {
    const left = at(bin.bin / 15);
    const faint = (0.25 + 0.75 * (bin.count / most)).toFixed(2);
    return markup`<rect class="bar" fill-opacity="${faint}" x="${place(left + 0.5)}" y="${place(up(bin.accuracy))}" width="${place(inner / 15 - 1)}" height="${place(bin.accuracy * inner)}"><title>confidence ${figure(bin.confidence)}, accuracy ${figure(bin.accuracy)}, ${whole(bin.count)} rows</title></rect>`;
  });
  return markup`<svg class="square" viewBox="0 0 ${size} ${size}" role="img" aria-label="Reliability diagram: accuracy by confidence">
${bars}<line class="best" x1="${at(0)}" y1="${up(0)}" x2="${at(1)}" y2="${up(1)}"/>
<line class="axis" x1="${at(0)}" y1="${up(0)}" x2="${at(1)}" y2="${up(0)}"/><line class="axis" x1="${at(0)}" y1="${up(0)}" x2="${at(0)}" y2="${up(1)}"/>
<text class="tick" x="${at(0)}" y="${size - 24}">0</text><text class="tick" x="${at(1)}" y="${size - 24}" text-anchor="end">1</text>
<text class="tick" x="${at(0.5)}" y="${size - 8}" text-anchor="middle">confidence</text>
<text class="tick" x="38" y="${up(1) + 4}" text-anchor="end">1</text><text class="tick" x="14" y="${up(0.5)}" text-anchor="middle" transform="rotate(-90 14 ${up(0.5)})">accuracy</text></svg>`;
}

/** The whole matrix, rows by truth; shade by share of the row. For up to about 30 classes. */
export function confusionTable(
  labels: readonly string[],
  count: (actual: string, predicted: string) => number,
): Markup {
  const rows = labels.map((actual) => {
    const counts = labels.map((predicted) => count(actual, predicted));
    const total = counts.reduce((sum, one) => sum + one, 0);
    const cells = counts.map((value, index) => {
      const step = total === 0 ? 0 : Math.ceil((value / total) * 9);
      const kind = labels[index] === actual ? 'right' : 'wrong';
      return markup`<td class="${value > 0 ? `${kind} h${step}` : ''}" title="${actual} answered as ${labels[index]}: ${whole(value)}">${value > 0 ? whole(value) : ''}</td>`;
    });
    return markup`<tr><th scope="row">${actual}</th>${cells}</tr>`;
  });
  return markup`<table class="confusion"><thead><tr><th scope="col">right \\ answered</th>${labels.map((label) => markup`<th scope="col"><span>${label}</span></th>`)}</tr></thead><tbody>${rows}</tbody></table>`;
}
