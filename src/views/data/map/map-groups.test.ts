// Groups of a map's points, and the filter that finds points in the table.
import { describe, expect, it } from 'vitest';
import type { FrozenSplit } from '../../../contract/records';
import type { MapRows } from '../../../contract/map';
import { groupedPoints, judgedRows, rowsFilter } from './map-groups';

const rows: MapRows = {
  rowIds: ['d.0', 'd.1', 'd.2', 'd.3'],
  labels: ['fee', 'card'],
  label: Int32Array.from([0, 1, 1, -1]),
  splits: ['train', 'test', null, 'test'],
};
const frozen: FrozenSplit = {
  ...{ runId: 'r', split: 'test', rowIds: ['d.1', 'd.3'], texts: ['', ''], labels: ['card', 'fee'] },
  ...{ actual: [[0], [1]], predicted: [[0], [0]], confidence: [0.9, 0.4] },
};

describe('groups of points', () => {
  it('are labels with the largest first, and those without one last', () => {
    const { groups, groupOf } = groupedPoints('label', rows, new Map());
    expect(groups.map(({ name, count }) => [name, count])).toEqual([
      ['card', 2],
      ['fee', 1],
      ['no label', 1],
    ]);
    expect([...groupOf]).toEqual([1, 0, 0, 2]);
  });
  it('are told apart by shape where the colours are used up', () => {
    const labels = Array.from({ length: 9 }, (_, i) => `label ${i}`);
    const many = { ...rows, labels, label: Int32Array.from({ length: 9 }, (_, i) => i) };
    const ids = { rowIds: labels, splits: labels.map(() => null) };
    const { groups } = groupedPoints('label', { ...many, ...ids }, new Map());
    const looks = groups.map(({ colour, shape }) => `${colour} ${shape}`);
    expect(new Set(looks).size).toBe(9);
  });
  it('are what a run said and whether it was right', () => {
    const judged = judgedRows([frozen]);
    expect(judged.get('d.3')).toEqual({ predicted: 'card', right: false, confidence: 0.4 });
    expect([...groupedPoints('error', rows, judged).groupOf]).toEqual([2, 0, 2, 1]);
    const { groups, groupOf } = groupedPoints('prediction', rows, judged);
    expect(groups.map(({ name }) => name)).toEqual(['card', 'not judged']);
    expect([...groupOf]).toEqual([1, 0, 1, 0]);
  });
  it('are splits', () => {
    expect([...groupedPoints('split', rows, new Map()).groupOf]).toEqual([0, 2, 3, 2]);
  });
});

describe('the filter of picked rows', () => {
  it('counts rows from one', () => {
    expect(rowsFilter(['a.b-1.0', 'a.b-1.41'])).toBe('row:1,42');
  });
});
