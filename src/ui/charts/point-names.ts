// Names of groups written on a map where most of their points lie, the larger groups first, none over another.

export interface PointName {
  text: string;
  x: number;
  y: number;
  count: number;
}

/**
 * The median place of each group's points in units of the plane, largest group first. The point nearest to it would be
 * exact; medians are close and take one pass.
 */
export function namesOf(
  positions: Float32Array,
  groupOf: Int32Array,
  names: readonly string[],
  most: number,
): PointName[] {
  const members = names.map((): number[] => []);
  groupOf.forEach((group, point) => members[group]?.push(point));
  const middle = (points: number[], axis: 0 | 1): number =>
    Float32Array.from(points, (point) => positions[point * 2 + axis]!).sort()[points.length >> 1]!;
  return members
    .flatMap((points, group) =>
      points.length === 0
        ? []
        : [{ text: names[group]!, count: points.length, x: middle(points, 0), y: middle(points, 1) }],
    )
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}

/** Those that fit without touching, as boxes round their middles on the screen. */
export function fitting(
  names: readonly PointName[],
  toScreen: (x: number, y: number) => readonly [number, number],
  widthOf: (text: string) => number,
  size: { width: number; height: number },
): { text: string; left: number; top: number }[] {
  const line = 16;
  const kept: { text: string; left: number; top: number; half: number }[] = [];
  for (const { text, x, y } of names) {
    const [left, top] = toScreen(x, y);
    const half = widthOf(text) / 2 + 3;
    if (left - half < 0 || left + half > size.width || top < line / 2 || top > size.height - line / 2) continue;
    if (kept.some((other) => Math.abs(other.left - left) < other.half + half && Math.abs(other.top - top) < line))
      continue;
    kept.push({ text, left, top, half });
  }
  return kept;
}
