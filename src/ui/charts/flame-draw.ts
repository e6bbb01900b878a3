// Paints a flame chart: a row a level, a colour a name (the same name has the same colour everywhere), names where they
// can be read, milliseconds along the top.
import type { ChartColours } from './colours.svelte';
import type { Flame, FlameBox } from './flame';
import { axisNumber, niceTicks } from './ticks';

export interface FlameView {
  flame: Flame;
  width: number;
  /** What is seen, in milliseconds. */
  window: readonly [number, number];
  marked: FlameBox | null;
  colours: ChartColours;
}

export const rowHeight = 22;
export const axisHeight = 20;

export const flameHeight = (rows: number): number => axisHeight + Math.max(1, rows) * rowHeight + 2;

export function xOf(view: Pick<FlameView, 'width' | 'window'>, ms: number): number {
  return ((ms - view.window[0]) / (view.window[1] - view.window[0] || 1)) * view.width;
}

/** A stable number for a name, so that a kernel keeps its colour between steps. */
export function colourOf(name: string, colours: number): number {
  let hash = 0;
  for (const sign of name) hash = (Math.imul(hash, 31) + (sign.codePointAt(0) ?? 0)) >>> 0;
  return hash % colours;
}

export function drawFlame(ctx: CanvasRenderingContext2D, view: FlameView): void {
  const { flame, width, window, colours } = view;
  ctx.clearRect(0, 0, width, flameHeight(flame.rows));
  ctx.font = `11px ${colours.font}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const tick of niceTicks(window[0], window[1], Math.max(3, Math.floor(width / 110)))) {
    const x = xOf(view, tick);
    ctx.fillStyle = colours.line;
    ctx.fillRect(x, axisHeight, 1, flame.rows * rowHeight);
    const words = `${axisNumber(tick)} ms`;
    const room = ctx.measureText(words).width;
    ctx.fillStyle = colours.muted;
    ctx.fillText(words, Math.max(0, Math.min(width - room, x + 3)), axisHeight / 2);
  }
  for (const box of flame.boxes) drawBox(ctx, view, box);
  if (view.marked) {
    const { left, top, wide } = placeOf(view, view.marked);
    ctx.strokeStyle = colours.text;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(left, top, Math.max(2, wide), rowHeight - 2);
    ctx.lineWidth = 1;
  }
}

function placeOf(view: FlameView, box: FlameBox): { left: number; top: number; wide: number } {
  const left = xOf(view, box.startMs);
  return { left, top: axisHeight + box.depth * rowHeight + 1, wide: xOf(view, box.endMs) - left };
}

function drawBox(ctx: CanvasRenderingContext2D, view: FlameView, box: FlameBox): void {
  const { left, top, wide } = placeOf(view, box);
  if (left + wide < 0 || left > view.width) return;
  const from = Math.max(-2, left);
  const to = Math.min(view.width + 2, left + Math.max(0.5, wide - 0.5));
  const { series, text, font } = view.colours;
  ctx.globalAlpha = box.depth === view.flame.rows - 1 ? 0.42 : 0.2;
  ctx.fillStyle = series[colourOf(box.name, series.length)] ?? text;
  ctx.fillRect(from, top, to - from, rowHeight - 2);
  ctx.globalAlpha = 1;
  const room = to - Math.max(0, from) - 8;
  if (room < 18) return;
  ctx.font = `11px ${font}`;
  let words = box.name;
  if (ctx.measureText(words).width > room) {
    while (words.length > 1 && ctx.measureText(`${words}…`).width > room) words = words.slice(0, -1);
    if (words.length < 3) return;
    words += '…';
  }
  ctx.fillStyle = text;
  ctx.fillText(words, Math.max(0, from) + 4, top + (rowHeight - 2) / 2);
}
