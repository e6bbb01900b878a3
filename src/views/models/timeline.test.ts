import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../contract/records';
import { stretches } from './timeline';

const deployed = (id: string, at: number): Deployment => ({
  id,
  projectId: 'p',
  modelId: id,
  at,
  by: 'me',
  reason: '',
  live: false,
});

describe('stretches', () => {
  it('lasts from one deployment to the next, the last until now', () => {
    const list = stretches([deployed('a', 0), deployed('b', 100), deployed('c', 101)], 200);
    expect(list.map(({ from, to }) => [from, to])).toEqual([
      [0, 100],
      [100, 101],
      [101, 200],
    ]);
    expect(list.reduce((sum, stretch) => sum + stretch.share, 0)).toBeCloseTo(1);
    expect(list[1]!.share).toBeGreaterThan(0.05);
  });
  it('is empty before the first', () => expect(stretches([], 1)).toEqual([]));
});
