// Which point lies where: under the pointer, next in a direction, inside a loop. Pure; plain passes over all points, which
// take well under a millisecond for fifty thousand.

export type Point = readonly [x: number, y: number];

/** The nearest point within `reach` (in units of the plane) among those shown; -1 where there is none. */
export function nearestPoint(
  positions: Float32Array,
  shown: (point: number) => boolean,
  [x, y]: Point,
  reach = Infinity,
): number {
  let best = -1;
  let least = reach * reach;
  for (let point = 0; point * 2 < positions.length; point++) {
    const dx = positions[point * 2]! - x;
    const dy = positions[point * 2 + 1]! - y;
    const distance = dx * dx + dy * dy;
    if (distance <= least && shown(point)) {
      least = distance;
      best = point;
    }
  }
  return best;
}

/**
 * The nearest point in a direction (one of the four), within a right angle round it; what lies aside counts double. -1 where
 * there is none.
 */
export function pointTowards(
  positions: Float32Array,
  shown: (point: number) => boolean,
  from: number,
  [along, up]: Point,
): number {
  const x = positions[from * 2]!;
  const y = positions[from * 2 + 1]!;
  let best = -1;
  let least = Infinity;
  for (let point = 0; point * 2 < positions.length; point++) {
    if (point === from) continue;
    const dx = positions[point * 2]! - x;
    const dy = positions[point * 2 + 1]! - y;
    const ahead = dx * along + dy * up;
    const aside = Math.abs(dx * up) + Math.abs(dy * along);
    if (ahead <= 0 || aside > ahead) continue;
    const cost = ahead + 2 * aside;
    if (cost < least && shown(point)) {
      least = cost;
      best = point;
    }
  }
  return best;
}

/** Points inside a closed loop (even-odd), ascending. Fewer than three corners hold nothing. */
export function pointsInside(
  positions: Float32Array,
  shown: (point: number) => boolean,
  loop: readonly Point[],
): number[] {
  if (loop.length < 3) return [];
  const xs = loop.map(([x]) => x);
  const ys = loop.map(([, y]) => y);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const found: number[] = [];
  for (let point = 0; point * 2 < positions.length; point++) {
    const x = positions[point * 2]!;
    const y = positions[point * 2 + 1]!;
    if (x < left || x > right || y < low || y > high || !shown(point)) continue;
    let inside = false;
    for (let i = 0, j = loop.length - 1; i < loop.length; j = i++) {
      const crosses = ys[i]! > y !== ys[j]! > y;
      if (crosses && x < ((xs[j]! - xs[i]!) * (y - ys[i]!)) / (ys[j]! - ys[i]!) + xs[i]!) inside = !inside;
    }
    if (inside) found.push(point);
  }
  return found;
}
