// Facts drawn from lengths in tokens.
import { describe, expect, it } from 'vitest';
import { aroundCut, counterOf, lengthFacts } from './token-lengths';

const of = (lengths: number[]) => ({
  lengths: Uint32Array.from(lengths),
  places: Uint32Array.from(lengths, (_, i) => i * 10),
});

describe('lengths in tokens', () => {
  it('count every row once, with what a limit cuts', () => {
    const facts = lengthFacts(of([3, 5, 8, 20, 40]), 10);
    expect(facts.counts.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(facts).toMatchObject({ median: 8, longest: 40, cut: 2, share: 0.4 });
    expect(facts.lost).toBeCloseTo(40 / 76, 10);
    expect(facts.examples).toEqual([40, 30]);
    expect(facts.edges).toHaveLength(facts.counts.length + 1);
  });
  it('cut nothing at exactly the limit, and hold no rows at all', () => {
    expect(lengthFacts(of([10, 10]), 10)).toMatchObject({ cut: 0, share: 0, lost: 0, examples: [] });
    expect(lengthFacts(of([]), 10)).toMatchObject({ cut: 0, share: 0, median: 0, longest: 0 });
  });
  it('put a lonely giant into the last bin instead of squeezing all others', () => {
    const facts = lengthFacts(of([...new Array<number>(999).fill(12), 90_000]), 64);
    expect(facts.edges.at(-1)).toBeLessThan(200);
    expect(facts.counts.at(-1)).toBe(1);
  });
});

describe('the text round a cut', () => {
  it('is shortened on both sides of it', () => {
    const text = `${'a'.repeat(300)}${'b'.repeat(300)}`;
    const { before, kept, after } = aroundCut({ place: 0, text, tokens: 9, from: 0, to: 300 });
    expect(before).toBe('');
    expect(kept).toBe(`… ${'a'.repeat(90)}`);
    expect(after).toBe(`${'b'.repeat(160)} …`);
    expect(aroundCut({ place: 0, text: 'one two', tokens: 4, from: 4, to: 7 })).toEqual({
      ...{ before: 'one ', kept: 'two', after: '' },
    });
  });
});

describe('what counts', () => {
  it('follows from what the recipe starts from', () => {
    expect(counterOf('base-1', 'words')).toBe('base-1');
    expect(counterOf('starter', 'words')).toBe('scratch');
    expect(counterOf('starter', undefined)).toBe('starter');
  });
});
