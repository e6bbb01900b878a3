// Points of a map as pixels, and which of them lies where.
import { describe, expect, it } from 'vitest';
import { nearestPoint, pointsInside, pointTowards } from './point-find';
import { fitting, namesOf } from './point-names';
import { packedColour, paintPoints, pointShapes, shapePixels } from './point-raster';

const all = (): boolean => true;

describe('painted points', () => {
  const paint = (positions: number[], styleOf: number[], above: number[] | null = null) => {
    const pixels = new Uint32Array(20 * 10).fill(7);
    paintPoints(
      pixels,
      20,
      10,
      { x: 0, y: 0, scale: 5 },
      {
        positions: Float32Array.from(positions),
        styleOf: Int16Array.from(styleOf),
        styles: [
          { colour: 1, shape: 'disc' },
          { colour: 2, shape: 'square' },
        ],
        above: above && Uint8Array.from(above),
        radius: 0.5,
      },
    );
    return (x: number, y: number) => pixels[y * 20 + x];
  };
  it('lie at their place with y upwards, on cleared ground', () => {
    const at = paint([1, 0.6], [0]);
    expect(at(15, 2)).toBe(1);
    expect(at(15, 8)).toBe(0);
    expect(at(0, 0)).toBe(0);
  });
  it('cover what does not stand out, whatever their order', () => {
    expect(paint([0, 0, 0, 0], [0, 1])(10, 5)).toBe(2);
    expect(paint([0, 0, 0, 0], [0, 1], [1, 0])(10, 5)).toBe(1);
    expect(paint([0, 0], [-1])(10, 5)).toBe(0);
  });
  it('are cut at the edges, and left out beyond', () => {
    expect(() => paint([-2, 1, 2, -1, 9, 9, -9, 0], [0, 1, 0, 1])).not.toThrow();
    expect(paint([-2, 1], [0])(0, 0)).toBe(1);
  });
  it('have shapes that differ, and colours mixed with the ground', () => {
    const drawn = pointShapes.map((shape) => [...shapePixels(shape, 3)].join());
    expect(new Set(drawn).size).toBe(pointShapes.length);
    expect(packedColour('#102030', '#ffffff')).toBe(0xff302010);
    expect(packedColour('#000000', '#ffffff', 0.5)).toBe(0xff808080);
  });
});

describe('finding points', () => {
  const positions = Float32Array.from([0, 0, 1, 0, 0, 1, -1, 0.2, 0.4, 0.2]);
  it('under a place, within reach, among those shown', () => {
    expect(nearestPoint(positions, all, [0.9, 0.1])).toBe(1);
    expect(nearestPoint(positions, all, [0.9, 0.1], 0.05)).toBe(-1);
    expect(nearestPoint(positions, (point) => point !== 1, [0.9, 0.1])).toBe(4);
  });
  it('in a direction', () => {
    expect(pointTowards(positions, all, 0, [1, 0])).toBe(4);
    expect(pointTowards(positions, all, 0, [0, 1])).toBe(2);
    expect(pointTowards(positions, all, 0, [-1, 0])).toBe(3);
    expect(pointTowards(positions, all, 0, [0, -1])).toBe(-1);
  });
  it('inside a loop, hollow ones too', () => {
    const square = [
      [-0.5, -0.5],
      [0.5, -0.5],
      [0.5, 0.5],
      [-0.5, 0.5],
    ] as const;
    expect(pointsInside(positions, all, square)).toEqual([0, 4]);
    expect(pointsInside(positions, (point) => point > 0, square)).toEqual([4]);
    expect(pointsInside(positions, all, square.slice(0, 2))).toEqual([]);
    const hollow = [
      [-0.5, -0.5],
      [0.5, -0.5],
      [0.5, 0.5],
      [0.1, 0.5],
      [0, -0.4],
      [-0.1, 0.5],
      [-0.5, 0.5],
    ] as const;
    expect(pointsInside(positions, all, hollow)).toEqual([4]);
  });
});

describe('names on a map', () => {
  it('stand at the middle of their group, the largest first', () => {
    const positions = Float32Array.from([0, 0, 2, 2, 4, 0, -5, -5]);
    const names = namesOf(positions, Int32Array.from([0, 0, 0, 1]), ['a', 'b', 'empty'], 9);
    expect(names).toEqual([
      { text: 'a', count: 3, x: 2, y: 0 },
      { text: 'b', count: 1, x: -5, y: -5 },
    ]);
  });
  it('never lie over each other or the edge', () => {
    const name = (text: string, x: number, y: number) => ({ text, x, y, count: 1 });
    const kept = fitting(
      [name('one', 50, 50), name('two', 55, 52), name('three', 50, 80), name('edge', 2, 50)],
      (x, y) => [x, y],
      () => 20,
      { width: 100, height: 100 },
    );
    expect(kept.map(({ text }) => text)).toEqual(['one', 'three']);
  });
});
