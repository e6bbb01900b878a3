import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dataset, DatasetStats } from '../../contract/records';
import { compileWhere } from '../../lib/where';
import { hasToken, parseFilter, toggleToken, tokensOf } from './filter';

const dataset = {
  rootId: 'd',
  columns: ['query', 'intent', 'Price'],
  mapping: { text: 'query', label: 'intent' },
  report: {
    errors: [],
    warnings: [],
    files: [],
    stats: { classes: { card: 1, refund: 1 } } as Partial<DatasetStats> as DatasetStats,
  },
} as Partial<Dataset> as Dataset;

const rows = [
  { query: 'My card has not come', labels: ['card'], split: 'train', len: 20, Price: 3, id: 'd.0' },
  { query: 'refund my card please', labels: ['refund', 'two words'], split: 'test', len: 21, Price: 30, id: 'd.1' },
  { query: 'hello', labels: [], split: null, len: 5, Price: null, id: 'd.2' },
];
const found = (typed: string) => {
  const test = compileWhere(parseFilter(typed, dataset));
  return rows.flatMap((row, at) => (test((column) => Reflect.get(row, column) ?? null) ? [at] : []));
};

describe('filter', () => {
  it('finds words, labels, splits, lengths and other columns, all at once', () => {
    expect(found('')).toEqual([0, 1, 2]);
    expect(found('card')).toEqual([0, 1]);
    expect(found('card refund')).toEqual([1]);
    expect(found('label:card')).toEqual([0]);
    expect(found('label:"two words"')).toEqual([1]);
    expect(found('label:none')).toEqual([2]);
    expect(found('split:test')).toEqual([1]);
    expect(found('split:none')).toEqual([2]);
    expect(found('len>5')).toEqual([0, 1]);
    expect(found('len<20')).toEqual([2]);
    expect(found('price>3')).toEqual([1]);
    expect(found('row:1,3')).toEqual([0, 2]);
    expect(found('my card len>20 split:test')).toEqual([1]);
    expect(found('-label:card')).toEqual([1, 2]);
  });
  it('passes over what says nothing yet', () => {
    expect(parseFilter('label:', dataset)).toBeUndefined();
    expect(parseFilter('len>x', dataset)).toBeUndefined();
  });
  it('is switched by facets and back', () => {
    const on = toggleToken('card', 'label', 'two words');
    expect(on).toBe('card label:"two words"');
    expect(hasToken(on, 'label:"two words"')).toBe(true);
    expect(toggleToken(on, 'label', 'card')).toBe('card label:card');
    expect(toggleToken(on, 'label', 'two words')).toBe('card');
  });
  it('never throws on what is typed', () => {
    fc.assert(
      fc.property(fc.string(), (typed) => {
        tokensOf(typed);
        compileWhere(parseFilter(typed, dataset))(() => 'x');
      }),
    );
  });
});
