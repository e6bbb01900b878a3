// Which known name a wrong one most likely means: the fewest letters changed (Levenshtein), ties to the first.

/** Null where nothing is near: more than a third of the longer name differs. */
export function nearestName(wanted: string, names: Iterable<string>): string | null {
  let best: { name: string; distance: number } | null = null;
  for (const name of names) {
    const most = Math.min(best ? best.distance - 1 : Infinity, Math.floor(Math.max(name.length, wanted.length) / 3));
    if (Math.abs(name.length - wanted.length) > most) continue;
    const distance = editDistance(wanted, name);
    if (distance <= most) best = { name, distance };
  }
  return best?.name ?? null;
}

/** Insertions, deletions and replacements that lead from one to the other (Levenshtein 1966). */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++)
      next.push(
        Math.min(
          row[j]! + 1,
          next[j - 1]! + 1,
          row[j - 1]! + (from.charCodeAt(i - 1) === to.charCodeAt(j - 1) ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[to.length]!;
}
