// Paints a confusion matrix. Right answers in the accent colour, mistakes in red, deeper for more; labels where they
// can be read, and always those of the cell under the pointer.
import type { ChartColours } from './colours.svelte';
import { isolate } from '../format';
import type { ConfusionCounts } from './confusion';

export interface MatrixView {
  matrix: ConfusionCounts;
  order: readonly number[];
  /** Share of the actual class instead of counts. */
  normalised: boolean;
  width: number;
  height: number;
  /** CSS pixels of a cell, and where the first one begins relative to the plot. */
  cell: number;
  offset: readonly [number, number];
  /** Position (not class) of the marked cell: [row, column]. */
  marked: readonly [number, number] | null;
  colours: ChartColours;
}

export const gutter = { left: 148, top: 92, right: 44, bottom: 4 } as const;

/** The cell under a point of the canvas, as positions in the order; null beside the matrix. */
export function cellAt(view: MatrixView, x: number, y: number): [number, number] | null {
  const column = Math.floor((x - gutter.left - view.offset[0]) / view.cell);
  const row = Math.floor((y - gutter.top - view.offset[1]) / view.cell);
  const n = view.order.length;
  return x >= gutter.left && y >= gutter.top && row >= 0 && column >= 0 && row < n && column < n ? [row, column] : null;
}

function cut(ctx: CanvasRenderingContext2D, text: string, width: number): string {
  if (ctx.measureText(text).width <= width) return isolate(text);
  let short = text.slice(0, 40);
  while (short.length > 1 && ctx.measureText(`${short}…`).width > width) short = short.slice(0, -1);
  return isolate(`${short}…`);
}

export function drawConfusion(ctx: CanvasRenderingContext2D, view: MatrixView): void {
  const { order, cell, offset, colours, width, height } = view;
  ctx.clearRect(0, 0, width, height);
  const plot = { width: width - gutter.left - gutter.right, height: height - gutter.top - gutter.bottom };
  const first = (o: number): number => Math.max(0, Math.floor(-o / cell));
  const last = (o: number, size: number): number => Math.min(order.length - 1, Math.ceil((size - o) / cell));
  const columns = [first(offset[0]), last(offset[0], plot.width)] as const;
  const rows = [first(offset[1]), last(offset[1], plot.height)] as const;

  ctx.save();
  ctx.beginPath();
  ctx.rect(gutter.left, gutter.top, plot.width, plot.height);
  ctx.clip();
  ctx.strokeStyle = colours.line;
  ctx.strokeRect(gutter.left + offset[0], gutter.top + offset[1], order.length * cell, order.length * cell);
  drawCells(ctx, view, rows, columns);
  if (view.marked) {
    const [row, column] = view.marked;
    ctx.strokeStyle = colours.text;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(gutter.left + offset[0] + column * cell, gutter.top + offset[1] + row * cell, cell, cell);
    ctx.lineWidth = 1;
  }
  ctx.restore();
  drawLabels(ctx, view, rows, columns);
}

function drawCells(
  ctx: CanvasRenderingContext2D,
  view: MatrixView,
  rows: readonly [number, number],
  columns: readonly [number, number],
): void {
  const { matrix, order, cell, offset, colours } = view;
  const most = Math.max(1, ...matrix.counts.flat());
  const gap = cell > 8 ? 1 : 0;
  ctx.font = `${Math.min(11, cell * 0.45)}px ${colours.font}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  for (let r = rows[0]; r <= rows[1]; r++) {
    const actual = order[r]!;
    const y = gutter.top + offset[1] + r * cell;
    for (let c = columns[0]; c <= columns[1]; c++) {
      const count = matrix.counts[actual]![order[c]!]!;
      const x = gutter.left + offset[0] + c * cell;
      if (r === c && count === 0) {
        ctx.fillStyle = colours.line;
        ctx.fillRect(x, y, cell - gap, cell - gap);
      }
      if (count === 0) continue;
      const share = view.normalised ? count / (matrix.totals[actual] || 1) : count / most;
      const depth = 0.12 + 0.78 * Math.sqrt(share);
      ctx.globalAlpha = depth;
      ctx.fillStyle = r === c ? colours.accent : colours.bad;
      ctx.fillRect(x, y, cell - gap, cell - gap);
      ctx.globalAlpha = 1;
      if (cell < 19) continue;
      ctx.fillStyle = depth > 0.55 ? colours.surface : colours.text;
      const text = view.normalised
        ? (count / (matrix.totals[actual] || 1)).toFixed(2).replace(/^0/, '')
        : String(count);
      ctx.fillText(text, x + cell / 2, y + cell / 2 + 0.5);
    }
  }
}

function drawLabels(
  ctx: CanvasRenderingContext2D,
  view: MatrixView,
  rows: readonly [number, number],
  columns: readonly [number, number],
): void {
  const { matrix, order, cell, offset, colours, marked, width, height } = view;
  const size = Math.max(8, Math.min(11, cell - 1));
  const every = cell >= 9 ? 1 : Math.ceil(9 / cell);
  ctx.font = `${size}px ${colours.font}`;
  ctx.textBaseline = 'middle';
  for (let r = rows[0]; r <= rows[1]; r++) {
    const at = gutter.top + offset[1] + (r + 0.5) * cell;
    const own = marked?.[0] === r;
    if (at < gutter.top || at > height || (!own && (r % every !== 0 || near(r, marked?.[0], every)))) continue;
    ctx.textAlign = 'right';
    ctx.fillStyle = own ? colours.text : colours.faint;
    ctx.fillText(cut(ctx, matrix.labels[order[r]!]!, gutter.left - 12), gutter.left - 6, at);
  }
  for (let c = columns[0]; c <= columns[1]; c++) {
    const at = gutter.left + offset[0] + (c + 0.5) * cell;
    const own = marked?.[1] === c;
    if (at < gutter.left || at > width || (!own && (c % every !== 0 || near(c, marked?.[1], every)))) continue;
    ctx.save();
    ctx.translate(at, gutter.top - 6);
    ctx.rotate(-Math.PI / 3.2);
    ctx.textAlign = 'left';
    ctx.fillStyle = own ? colours.text : colours.faint;
    ctx.fillText(cut(ctx, matrix.labels[order[c]!]!, gutter.top + 6), 0, 0);
    ctx.restore();
  }
}

/** Labels too close to the marked one give way to it. */
function near(position: number, marked: number | undefined, every: number): boolean {
  return marked !== undefined && every > 1 && Math.abs(position - marked) < every;
}
