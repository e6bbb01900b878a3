// Figures over a tree, against counts made by hand, and the labels that scores choose in one.
import { describe, expect, test } from 'vitest';
import { evaluateRows } from './evaluate';
import { hierarchicalAverages, levelMetrics } from './hierarchical';
import { chooseLabels } from './multilabel';

// 0 science > 1 physics, 2 biology; 3 arts > 4 music
const parents = [-1, 0, 0, -1, 3];
const actual = [
  [0, 1],
  [0, 2],
  [3, 4],
  [0, 1, 3, 4],
];

describe('hierarchical figures', () => {
  test('a near miss counts for its branch', () => {
    // Row 0 answers biology for physics: science is right. Row 1 right, row 2 nothing, row 3 half.
    const answered = [[2], [2], [], [4]];
    const { precision, recall, f1 } = hierarchicalAverages(actual, answered, parents);
    expect(precision).toBeCloseTo((1 + 2 + 0 + 2) / 6, 12);
    expect(recall).toBeCloseTo(5 / 10, 12);
    expect(f1).toBeCloseTo((2 * 5) / 16, 12);
  });

  test('perfect and empty', () => {
    expect(hierarchicalAverages(actual, actual, parents)).toEqual({ precision: 1, recall: 1, f1: 1 });
    expect(hierarchicalAverages([], [], parents)).toEqual({ precision: 0, recall: 0, f1: 0 });
  });

  test('each level by itself', () => {
    const [top, second] = levelMetrics(actual, [[2], [2], [], [4]], parents);
    // Top: science answered twice, held 3 times, right twice; arts answered once, held twice, right once.
    expect(top).toMatchObject({ level: 1, labels: 2, support: 5, precisionMicro: 1, recallMicro: 3 / 5 });
    expect(top?.f1Macro).toBeCloseTo((4 / 5 + 2 / 3) / 2, 12);
    expect(second).toMatchObject({ level: 2, labels: 3, support: 5, precisionMicro: 2 / 3, recallMicro: 2 / 5 });
    expect(second?.f1Macro).toBeCloseTo((0 + 2 / 3 + 2 / 3) / 3, 12);
  });
});

describe('labels that scores choose', () => {
  const row = (values: number[]) => ({ labels: 5, values: Float64Array.from(values) });

  test('a child brings its parents, whatever their thresholds', () => {
    const scores = { ...row([0.4, 0.35, 0.1, 0.1, 0]), thresholds: [0.5, 0.3, 0.5, 0.5, 0.5], parents };
    expect(chooseLabels(scores, 0)).toEqual([0, 1]);
  });

  test('at least one: the nearest to its threshold, only where none passes', () => {
    const weak = { ...row([0.4, 0.3, 0.1, 0.2, 0.1]), thresholds: [0.5, 0.35, 0.5, 0.5, 0.5], parents };
    expect(chooseLabels(weak, 0)).toEqual([]);
    expect(chooseLabels({ ...weak, atLeastOne: true }, 0)).toEqual([0, 1]);
    expect(chooseLabels({ ...row([0.1, 0.1, 0.1, 0.6, 0.1]), atLeastOne: true }, 0)).toEqual([3]);
    expect(chooseLabels({ labels: 0, values: new Float64Array(0), atLeastOne: true }, 0)).toEqual([]);
  });
});

test('an evaluation has levels only where there is a tree', () => {
  const labels = ['science', 'physics', 'biology', 'arts', 'music'];
  const judged = {
    ...{ labels, multiLabel: true, rowIds: ['a', 'b', 'c', 'd'], texts: ['', '', '', ''], actual },
    scores: { rows: 4, labels: 5, values: new Float64Array(20).fill(0.9) },
  };
  expect(evaluateRows(judged).metrics.levels).toBeUndefined();
  const { metrics } = evaluateRows({ ...judged, parents });
  expect(metrics.levels?.map(({ level }) => level)).toEqual([1, 2]);
  expect(metrics.hierarchicalF1).toBeCloseTo((2 * 10) / (20 + 10), 12);
  expect(metrics.hierarchicalF1).toBeCloseTo(metrics.f1Micro, 12);
});
