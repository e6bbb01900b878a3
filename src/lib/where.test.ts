// Filters say what they say, over odd cells too.
import { describe, expect, it } from 'vitest';
import type { Where } from '../contract/data';
import type { Cell } from '../contract/records';
import { compileWhere } from './where';

const row: Record<string, Cell> = { text: 'My card is lost', label: 'card', n: '12', tags: ['a', 'b'], none: null };
const holds = (where: Where): boolean => compileWhere(where)((column) => row[column] ?? null);

describe('where', () => {
  it.each<[Where, boolean]>([
    [{ label: 'card' }, true],
    [{ label: ['x', 'card'] }, true],
    [{ label: { not: 'card' } }, false],
    [{ tags: 'b' }, true],
    [{ tags: { not: 'b' } }, false],
    [{ text: { contains: 'CARD' } }, true],
    [{ n: { gte: 12, lte: 12 } }, true],
    [{ n: { gte: 100 } }, false],
    [{ n: 12 }, true],
    [{ none: null }, true],
    [{ none: { gte: 0 } }, false],
    [{ label: 'card', n: 13 }, false],
    [{ any: [{ label: 'x' }, { n: 12 }] }, true],
    [{ any: [] }, false],
    [{}, true],
  ])('%j', (where, expected) => {
    expect(holds(where)).toBe(expected);
  });
  it('names an operator it does not know', () => {
    expect(() => holds({ n: { above: 3 } as never })).toThrow(expect.objectContaining({ name: 'DatasetError' }));
  });
});
