import { describe, expect, it } from 'vitest';
import { groupRows, pValueWords } from './disagreement';

const row = (rowId: string, actual: string[], ...predicted: string[][]) => ({
  rowId,
  text: rowId,
  actual,
  predicted,
  confidence: predicted.map(() => 1),
});

describe('groupRows', () => {
  it('sorts rows by who is right; the order of several labels does not matter', () => {
    const groups = groupRows(
      [
        row('1', ['x'], ['x'], ['x']),
        row('2', ['x'], ['x'], ['y']),
        row('3', ['x'], ['y'], ['x']),
        row('4', ['x'], ['y'], ['z']),
        row('5', ['x', 'y'], ['y', 'x'], ['x']),
      ],
      0,
      1,
    );
    expect(Object.fromEntries(Object.entries(groups).map(([name, rows]) => [name, rows.map((r) => r.rowId)]))).toEqual({
      'both-right': ['1'],
      'only-a': ['2', '5'],
      'only-b': ['3'],
      'both-wrong': ['4'],
    });
  });
  it('writes p', () => {
    expect(pValueWords(0.00001)).toBe('p < 0.0001');
    expect(pValueWords(0.034)).toBe('p 0.034');
    expect(pValueWords(0.6)).toBe('p 0.60');
  });
});
