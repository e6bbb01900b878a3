import { describe, expect, it } from 'vitest';
import { readList, readNumber } from './setting-words';

describe('settings as typed', () => {
  it('reads numbers as people write them', () => {
    expect(readNumber('3e-3')).toBe(0.003);
    expect(readNumber(' 2,048 ')).toBe(2048);
    expect(readNumber('0,5')).toBe(0.5);
    expect(readNumber('-1')).toBe(-1);
  });
  it('leaves what is no number for the check to name', () => {
    expect(readNumber('many')).toBe('many');
    expect(readNumber('')).toBe('');
  });
  it('reads lists', () => {
    expect(readList('[1, 3]')).toEqual([1, 3]);
    expect(readList('1 x')).toEqual([1, 'x']);
  });
});
