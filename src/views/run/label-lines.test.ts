// Lines of single labels: from packed events, weakest first, nothing where labels do not fit.
import { expect, it } from 'vitest';
import type { RunEvent } from '../../contract/records';
import { packShares } from '../../lib/label-curves';
import { labelLines, labelPoints, readLabels, weakestFirst } from './label-lines';

const labels = ['a', 'b', '__proto__'];
const event = (step: number, f1: number[]): RunEvent => ({
  ...{ runId: 'r', seq: step, step, at: 1000 + step, kind: 'evaluation' as const },
  labelF1: packShares(f1),
});
const events = [event(10, [0.2, 0.5, 0]), { ...event(15, []), kind: 'note' as const }, event(20, [0.9, 0.4, 0.75])];
const run = { startedAt: 1000, recipe: { task: 'classifier', dataset: 'd', seed: 0, config: {} } };

it('gives one line a chosen label', () => {
  const points = labelPoints(events, 3);
  expect(weakestFirst(points, labels)).toEqual(['b', '__proto__', 'a']);
  const lines = labelLines(points, labels, ['__proto__', 'a', 'gone'], run, 'step');
  expect(lines.map(({ name, colour }) => [name, colour])).toEqual([
    ['__proto__', 0],
    ['a', 1],
  ]);
  expect([...lines[0]!.points.x]).toEqual([10, 20]);
  expect([...lines[0]!.points.y]).toEqual([0, 0.75]);
});

it('gives none where the events are of other labels', () => {
  expect(labelPoints(events, 2)).toEqual([]);
  expect(labelPoints([], 0)).toEqual([]);
});

it('reads labels out of an address, whatever it holds', () => {
  expect(readLabels('["004","a, b",7]')).toEqual(['004', 'a, b']);
  expect([null, '', '{', '"x"', '{}'].map(readLabels)).toEqual([[], [], [], [], []]);
});
