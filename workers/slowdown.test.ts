// When a run counts as slowed down: only for long, only once, never for its slow start.
import { describe, expect, it } from 'vitest';
import { slowdownMessage, SlowdownWatch, type Slowdown } from './slowdown';

function told(seconds: [seconds: number, stepMs: number][]): Slowdown[] {
  const watch = new SlowdownWatch();
  return seconds.flatMap(([length, stepMs]) =>
    Array.from({ length: (length * 1000) / stepMs }, () => watch.step(stepMs)).filter((found) => found !== null),
  );
}

describe('a slowdown', () => {
  it('is told once, after twenty seconds at less than 60 % of the best', () => {
    const found = told([
      [20, 10],
      [60, 20],
      [20, 10],
      [60, 25],
    ]);
    expect(found).toHaveLength(1);
    expect(found[0]!.before).toBeCloseTo(100, 6);
    expect(found[0]!.now).toBeCloseTo(50, 6);
    expect(slowdownMessage(found[0]!)).toContain('50 % slower (100 steps a second before, 50 now)');
  });

  it('is no hiccup, no slow start and no third less', () => {
    expect(
      told([
        [20, 10],
        [15, 40],
        [20, 10],
      ]),
    ).toEqual([]);
    expect(
      told([
        [5, 100],
        [60, 10],
      ]),
    ).toEqual([]);
    expect(
      told([
        [20, 10],
        [60, 15],
      ]),
    ).toEqual([]);
  });
});
