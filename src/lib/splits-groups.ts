// Splitting whole groups: rows that belong together (one customer, one document) never lie on both sides.

/**
 * Gives every group to one part so that parts and their labels come close to `sizes`' shares. Greedy: large
 * groups first, each to the part that is furthest below its share of rows and of the group's labels.
 * `groups`: rows of each group; `targets`: label indices of each row. Returns the part of each group.
 */
export function placeGroups(
  groups: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
  labels: number,
  sizes: readonly number[],
): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const counts = new Array<number>(labels).fill(0);
  for (const group of groups) for (const row of group) for (const label of targets[row]!) counts[label]!++;
  const share = sizes.map((size) => (total === 0 ? 0 : size / total));
  const room = [...sizes];
  const need = share.map((part) => counts.map((count) => count * part));
  const order = groups.map((_, index) => index).sort((a, b) => groups[b]!.length - groups[a]!.length || a - b);
  const placed = new Array<number>(groups.length).fill(0);
  for (const index of order) {
    const rows = groups[index]!;
    let best = 0;
    let bestScore = -Infinity;
    for (let part = 0; part < sizes.length; part++) {
      if (sizes[part] === 0) continue;
      // Relative room left after taking the group; labels weigh as much as rows.
      let score = (room[part]! - rows.length) / sizes[part]!;
      let wanted = 0;
      let held = 0;
      for (const row of rows)
        for (const label of targets[row]!) {
          wanted += need[part]![label]! / Math.max(1e-9, counts[label]! * share[part]!);
          held++;
        }
      if (held > 0) score += wanted / held;
      if (score > bestScore + 1e-12) {
        best = part;
        bestScore = score;
      }
    }
    placed[index] = best;
    room[best]! -= rows.length;
    for (const row of rows) for (const label of targets[row]!) need[best]![label]!--;
  }
  return placed;
}
