// What the points of a map are coloured and shaped by: label, a run's answer, whether it was right, split. Pure.
import type { FrozenSplit } from '../../../contract/records';
import type { MapRows } from '../../../contract/map';
import type { PointGroup } from '../../../ui/charts/point-draw';
import { pointShapes } from '../../../ui/charts/point-raster';
import { sameLabels } from '../../run/thresholds';

export type Colouring = 'label' | 'prediction' | 'error' | 'split';
export const colourings: readonly Colouring[] = ['label', 'prediction', 'error', 'split'];

export interface Judged {
  predicted: string;
  right: boolean;
  confidence: number;
}

export interface GroupedPoints {
  groups: readonly (PointGroup & { count: number })[];
  groupOf: Int32Array;
}

const colours = 8;

/** A run's answers by row id. */
export function judgedRows(splits: readonly FrozenSplit[]): Map<string, Judged> {
  const judged = new Map<string, Judged>();
  for (const { rowIds, labels, actual, predicted, confidence } of splits)
    rowIds.forEach((rowId, i) => {
      const said = predicted?.[i];
      if (!said) return;
      const names = said.map((index) => labels[index] ?? '').join(', ');
      judged.set(rowId, {
        predicted: names || 'none',
        right: sameLabels(actual[i] ?? [], said),
        confidence: confidence?.[i] ?? 0,
      });
    });
  return judged;
}

/** Largest group first; colours first, then shapes tell them apart. What has none is faint and last. */
function byName(nameOf: (point: number) => string | null, points: number, without: string): GroupedPoints {
  const counts = new Map<string, number>();
  let nameless = 0;
  const own = Array.from({ length: points }, (_, point) => nameOf(point));
  for (const name of own) {
    if (name === null) nameless++;
    else counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const at = new Map(sorted.map(([name], index) => [name, index]));
  const groups: (PointGroup & { count: number })[] = sorted.map(([name, count], index) => ({
    ...{ name, count, colour: index % colours },
    shape: pointShapes[Math.floor(index / colours) % pointShapes.length] ?? 'disc',
  }));
  if (nameless > 0) groups.push({ name: without, count: nameless, colour: 'faint', shape: 'disc' });
  return {
    groups,
    groupOf: Int32Array.from(own, (name) => (name === null ? sorted.length : (at.get(name) ?? -1))),
  };
}

function byKind(kinds: readonly PointGroup[], kindOf: (point: number) => number, points: number): GroupedPoints {
  const counts = kinds.map(() => 0);
  const groupOf = Int32Array.from({ length: points }, (_, point) => {
    const kind = kindOf(point);
    counts[kind]!++;
    return kind;
  });
  return { groups: kinds.map((kind, i) => ({ ...kind, count: counts[i]! })), groupOf };
}

const rightness: readonly PointGroup[] = [
  { name: 'right', colour: 'good', shape: 'disc' },
  { name: 'wrong', colour: 'bad', shape: 'cross' },
  { name: 'not judged', colour: 'faint', shape: 'disc' },
];
const parts: readonly PointGroup[] = [
  { name: 'train', colour: 0, shape: 'disc' },
  { name: 'validation', colour: 1, shape: 'diamond' },
  { name: 'test', colour: 2, shape: 'square' },
  { name: 'split by each run', colour: 'faint', shape: 'disc' },
];

/** Place among `rightness`. */
function rightnessOf(answer: Judged | undefined): number {
  if (!answer) return 2;
  return answer.right ? 0 : 1;
}

export function groupedPoints(colouring: Colouring, rows: MapRows, judged: ReadonlyMap<string, Judged>): GroupedPoints {
  const points = rows.rowIds.length;
  const answer = (point: number): Judged | undefined => judged.get(rows.rowIds[point] ?? '');
  switch (colouring) {
    case 'label':
      return byName((point) => rows.labels[rows.label[point] ?? -1] ?? null, points, 'no label');
    case 'prediction':
      return byName((point) => answer(point)?.predicted ?? null, points, 'not judged');
    case 'error':
      return byKind(rightness, (point) => rightnessOf(answer(point)), points);
    case 'split':
      return byKind(
        parts,
        (point) => (['train', 'validation', 'test', null] as const).indexOf(rows.splits[point] ?? null),
        points,
      );
    default:
      return colouring satisfies never;
  }
}

/** The filter of the table of rows that finds these, as `row:` writes it: places in the first version from 1. */
export function rowsFilter(rowIds: readonly string[]): string {
  return `row:${rowIds.map((id) => Number(id.slice(id.lastIndexOf('.') + 1)) + 1).join(',')}`;
}
