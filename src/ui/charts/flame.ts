// A flame chart's boxes from timed calls: a row a level of the call's path, neighbours on the same path joined into one
// box, the calls themselves at the bottom. Pure; painting is flame-draw.ts's.
import type { ChartTable } from './table';

export interface FlameCall {
  name: string;
  /** From the outermost inwards; empty for calls nobody claimed. */
  path: readonly string[];
  startMs: number;
  durationMs: number;
  /** Figures of the call in words, for the tooltip. */
  detail: string;
}

export interface FlameBox {
  /** 0 is the outermost row. */
  depth: number;
  name: string;
  startMs: number;
  endMs: number;
  /** Which calls lie in it: [first, last]. */
  calls: readonly [number, number];
}

export interface Flame {
  boxes: FlameBox[];
  rows: number;
  endMs: number;
}

/** `calls` in the order of their start. Every call's own box lies in the last row. */
export function flameOf(calls: readonly FlameCall[]): Flame {
  const deepest = calls.reduce((most, call) => Math.max(most, call.path.length), 0);
  const boxes: FlameBox[] = [];
  const open: (FlameBox | null)[] = new Array<FlameBox | null>(deepest).fill(null);
  calls.forEach((call, index) => {
    const endMs = call.startMs + call.durationMs;
    let joined = true;
    for (let depth = 0; depth < deepest; depth++) {
      const name = call.path[depth];
      const box = open[depth];
      joined &&= box !== null && box !== undefined && box.name === name;
      if (joined && box) {
        box.endMs = endMs;
        box.calls = [box.calls[0], index];
      } else if (name === undefined) open[depth] = null;
      else {
        const next: FlameBox = { depth, name, startMs: call.startMs, endMs, calls: [index, index] };
        open[depth] = next;
        boxes.push(next);
      }
    }
    boxes.push({ depth: deepest, name: call.name, startMs: call.startMs, endMs, calls: [index, index] });
  });
  return {
    boxes,
    rows: calls.length > 0 ? deepest + 1 : 0,
    endMs: boxes.reduce((end, box) => Math.max(end, box.endMs), 0),
  };
}

/** The box under a moment and a row; null beside all of them. */
export function boxAt(flame: Flame, ms: number, depth: number): FlameBox | null {
  return flame.boxes.find((box) => box.depth === depth && ms >= box.startMs && ms <= box.endMs) ?? null;
}

export function flameTable(calls: readonly FlameCall[]): ChartTable {
  return {
    columns: ['Kernel', 'Asked for by', 'Start, ms', 'Time, ms', 'Figures'],
    rows: calls.map((call) => [call.name, call.path.join(' / '), call.startMs, call.durationMs, call.detail]),
  };
}
