import { describe, expect, it } from 'vitest';
import type { FrozenSplit } from '../../contract/records';
import { examplesOf, filterExamples, type ExampleFilter } from './examples';
import { confidenceBins, withholding } from './thresholds';

const split: FrozenSplit = {
  runId: 'r',
  split: 'test',
  rowIds: ['d.0', 'd.1', 'd.2', 'd.3'],
  labels: ['a', 'b'],
  texts: ['one', 'two', 'three', 'Four'],
  actual: [[0], [1], [0], [1]],
  predicted: [[0], [0], [0], [1]],
  confidence: [0.9, 0.8, 0.4, 0.6],
};
const all: ExampleFilter = { show: 'all', actual: null, predicted: null, text: '', sort: 'row' };

describe('examples', () => {
  it('names labels and tells right from wrong', () => {
    expect(examplesOf(split)[1]).toEqual({
      rowId: 'd.1',
      text: 'two',
      actual: ['b'],
      predicted: ['a'],
      confidence: 0.8,
      right: false,
    });
  });
  it('filters and sorts', () => {
    const examples = examplesOf(split);
    const ids = (filter: Partial<ExampleFilter>) => filterExamples(examples, { ...all, ...filter }).map((e) => e.rowId);
    expect(ids({ show: 'wrong' })).toEqual(['d.1']);
    expect(ids({ actual: 'a', predicted: 'a', sort: 'least-sure' })).toEqual(['d.2', 'd.0']);
    expect(ids({ text: 'four' })).toEqual(['d.3']);
  });
  it('bins confidence', () => {
    const { edges, counts } = confidenceBins([0, 0.049, 0.5, 1]);
    expect([edges.length, counts[0], counts[10], counts[19]]).toEqual([21, 2, 1, 1]);
  });
  it('knows what withholding unsure answers does', () => {
    const points = withholding(split);
    expect(points?.[0]).toEqual({ threshold: 0, answered: 1, right: 0.75 });
    expect(points?.[50]).toEqual({ threshold: 0.5, answered: 0.75, right: 2 / 3 });
    expect(points?.[100]).toEqual({ threshold: 1, answered: 0, right: null });
    expect(withholding({ ...split, predicted: [], confidence: [], actual: [] })).toBeNull();
  });
});
