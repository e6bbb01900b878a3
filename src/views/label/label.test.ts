import { describe, expect, it } from 'vitest';
import { offeredLabels } from './offered';
import { stretches } from './stretches';

const item = { rowId: 'd.0', datasetId: 'd', text: 'the cash machine', labels: [] };

describe('labels under the digits', () => {
  it('puts the model first and marks its choice without choosing it', () => {
    const answer = {
      label: 'b',
      confidence: 0.7,
      scores: [
        { label: 'b', score: 0.7 },
        { label: 'a', score: 0.2 },
      ],
    };
    expect(offeredLabels(item, answer, ['a', 'b', 'c'])).toEqual([
      { label: 'b', score: 0.7, suggested: true },
      { label: 'a', score: 0.2, suggested: false },
      { label: 'c', score: null, suggested: false },
    ]);
  });
  it('falls back to the project order, ten at most', () => {
    const labels = Array.from({ length: 150 }, (_, i) => `l${i}`);
    const offered = offeredLabels(item, null, labels);
    expect(offered).toHaveLength(10);
    expect(offered.some((one) => one.suggested)).toBe(false);
  });
});

describe('marked words', () => {
  it('keeps the text whole whatever the evidence', () => {
    const parts = stretches('the cash machine', [
      { term: 'cash machine', start: 4, end: 16, weight: 2 },
      { term: 'cash', start: 4, end: 8, weight: 1 },
      { term: 'the', start: 0, end: 3, weight: -1 },
    ]);
    expect(parts.map((part) => part.text).join('')).toBe('the cash machine');
    expect(parts).toEqual([
      { text: 'the ', weight: 0 },
      { text: 'cash machine', weight: 1 },
    ]);
  });
  it('marks nothing without support', () => {
    expect(stretches('x', [])).toEqual([{ text: 'x', weight: 0 }]);
  });
});
