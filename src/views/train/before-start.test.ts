import { describe, expect, it } from 'vitest';
import type { DatasetStats } from '../../contract/records';
import { plannedSplits } from './before-start';

const stats = (change: Partial<DatasetStats>): DatasetStats => ({
  rowsRead: 100,
  rowsKept: 100,
  rowsRefused: 0,
  labelled: 100,
  unlabelled: 0,
  classes: {},
  splits: {},
  duplicates: 0,
  conflicting: 0,
  empty: 0,
  tooLong: 0,
  sizeBytes: 0,
  columns: [],
  ...change,
});

describe('plannedSplits', () => {
  it('deals the shares', () => {
    expect(plannedSplits(stats({}), { train: 0.7, validation: 0.15, test: 0.15 })).toEqual({
      rows: { train: 70, validation: 15, test: 15 },
      exact: false,
      unused: 0,
    });
  });
  it('keeps the splits that rows come with', () => {
    expect(
      plannedSplits(stats({ splits: { train: 80, test: 20 } }), { train: 0.8, validation: 0.2, test: 0 }).rows,
    ).toEqual({ train: 80, validation: 0, test: 20 });
  });
  it('says what is used by nothing', () => {
    expect(plannedSplits(stats({}), { train: 0.5, validation: 0.1, test: 0 }).unused).toBe(40);
  });
});
