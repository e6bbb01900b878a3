// Maps of made-up vectors whose shape is known: axes, neighbours, the same map again, groups that stay apart.
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/lib/rng';
import { drawn, evenPlaces } from './drawn';
import { firstPicture, laidOut, mostLaidOut, reduce, toSquare, type LayoutWork } from './layout';
import { mostSimilar, nearestRows, roomFor, toUnitLength } from './neighbours';
import { principalComponents, projected } from './pca';

const noWork: LayoutWork = { step: () => Promise.resolve() };

/** Rows in `groups` clouds far from each other; row i is of group i % groups. */
function clouds(rows: number, dimensions: number, groups: number, spread = 0.05): Float32Array {
  const rng = new Rng(7);
  const centres = Array.from({ length: groups * dimensions }, () => rng.normal());
  const values = Float32Array.from({ length: rows * dimensions }, (_, i) => {
    const [row, column] = [Math.floor(i / dimensions), i % dimensions];
    return centres[(row % groups) * dimensions + column]! + spread * rng.normal();
  });
  toUnitLength(values, dimensions);
  return values;
}

describe('drawn rows', () => {
  it('are evenly spread, or all', () => {
    expect([...evenPlaces(10, 4)]).toEqual([0, 2, 5, 7]);
    expect([...evenPlaces(3, 4)]).toEqual([0, 1, 2]);
    expect(evenPlaces(0, 4).length).toBe(0);
  });
  it('are the same draw for the same seed, ascending and each once', () => {
    const one = drawn(1000, 50);
    expect(drawn(1000, 50)).toEqual(one);
    expect(drawn(1000, 50, 1)).not.toEqual(one);
    expect(new Set(one).size).toBe(50);
    expect([...one]).toEqual([...one].sort((a, b) => a - b));
  });
});

describe('principal components', () => {
  it('find the axes of a cloud that is long in one direction', () => {
    const rng = new Rng(1);
    const long = [0.6, 0, 0.8];
    const values = Float32Array.from({ length: 3000 }, () => 0);
    for (let row = 0; row < 1000; row++) {
      const along = 5 * rng.normal();
      for (let i = 0; i < 3; i++) values[row * 3 + i] = along * long[i]! + 0.1 * rng.normal() + 2;
    }
    const all = Uint32Array.from({ length: 1000 }, (_, i) => i);
    const { axes, mean } = principalComponents(values, 3, all, 2);
    axes[0]!.forEach((value, i) => expect(value).toBeCloseTo(long[i]!, 2));
    expect(axes[0]!.reduce((sum, value, i) => sum + value * axes[1]![i]!, 0)).toBeCloseTo(0, 10);
    const plane = projected(values, 3, { axes, mean });
    const sum = plane.reduce((total, value, i) => (i % 2 === 0 ? total + value : total), 0);
    expect(Math.abs(sum / 1000)).toBeLessThan(1e-4);
  });
});

describe('nearest rows', () => {
  it('are exactly those of sorting all distances', () => {
    const values = clouds(300, 24, 5, 0.5);
    const found = roomFor(7);
    for (const row of [0, 17, 299]) {
      nearestRows(values, row, values, 24, 7, found, row);
      const all = Array.from({ length: 300 }, (_, other) => {
        let sum = 0;
        for (let i = 0; i < 24; i++) sum += (values[row * 24 + i]! - values[other * 24 + i]!) ** 2;
        return { other, sum };
      });
      const best = all.filter(({ other }) => other !== row).sort((a, b) => a.sum - b.sum);
      expect([...found.ids]).toEqual(best.slice(0, 7).map(({ other }) => other));
    }
  });
  it('are by cosine those with the largest products, best first', () => {
    const values = clouds(500, 16, 8, 0.4);
    const vector = values.slice(160, 176);
    const found = mostSimilar(values, 16, vector, 12);
    expect(found[0]).toMatchObject({ row: 10 });
    expect(found[0]!.similarity).toBeCloseTo(1, 5);
    const all = Array.from({ length: 500 }, (_, row) =>
      vector.reduce((sum, value, i) => sum + value * values[row * 16 + i]!, 0),
    );
    const best = all.toSorted((a, b) => b - a).slice(0, 12);
    found.forEach(({ similarity }, i) => expect(similarity).toBeCloseTo(best[i]!, 6));
  });
});

describe('a map', () => {
  it('is the same for the same vectors, and keeps groups apart', async () => {
    const values = clouds(240, 20, 4);
    const reduced = await reduce(values, 20, noWork);
    const once = toSquare((await laidOut(reduced, noWork))!);
    const again = toSquare((await laidOut(await reduce(values, 20, noWork), noWork))!);
    expect(again).toEqual(once);
    expect(nearestOfOwnGroup(once, 4)).toBeGreaterThan(0.99);
    expect(Math.max(...once)).toBeLessThanOrEqual(1);
    expect(Math.min(...once)).toBeGreaterThanOrEqual(-1);
    expect(nearestOfOwnGroup(toSquare(firstPicture(reduced)), 4)).toBeGreaterThan(0.9);
  }, 20_000);
  it('places rows beyond the drawn part among their own group', async () => {
    const values = clouds(60, 12, 3);
    const reduced = { ...(await reduce(values, 12, noWork)), part: drawn(60, 30) };
    const positions = toSquare((await laidOut(reduced, noWork))!);
    expect(positions.every(Number.isFinite)).toBe(true);
    expect(nearestOfOwnGroup(positions, 3)).toBeGreaterThan(0.95);
    expect(mostLaidOut).toBeGreaterThanOrEqual(1000);
  });
  it('is left at the first picture for a handful of rows, and ends where it is called off', async () => {
    expect(await laidOut(await reduce(clouds(4, 8, 2), 8, noWork), noWork)).toBeNull();
    const stop: LayoutWork = { step: () => Promise.reject(new Error('called off')) };
    const reduced = await reduce(clouds(40, 8, 2), 8, noWork);
    await expect(laidOut(reduced, stop)).rejects.toThrow('called off');
  });
  it('holds rows that are all alike, and a single one', async () => {
    const alike = new Float32Array(40 * 8).fill(0.35);
    const positions = toSquare((await laidOut(await reduce(alike, 8, noWork), noWork))!);
    expect(positions.every(Number.isFinite)).toBe(true);
    expect([...toSquare(firstPicture(await reduce(new Float32Array(8).fill(1), 8, noWork)))]).toEqual([0, 0]);
  });
});

function nearestOfOwnGroup(positions: Float32Array, groups: number): number {
  const rows = positions.length / 2;
  const found = roomFor(1);
  let own = 0;
  for (let row = 0; row < rows; row++) {
    nearestRows(positions, row, positions, 2, 1, found, row);
    if (found.ids[0]! % groups === row % groups) own++;
  }
  return own / rows;
}
