// An order of classes in which those that are confused with each other stand together: average-linkage clustering of
// the symmetrised confusions, leaves turned so that the nearer ends meet. Pure; n classes cost about n³ (150: ~20 ms).

/** @param counts [n][n] actual × predicted. Returns a permutation of 0…n-1. */
export function confusionOrder(counts: readonly (readonly number[])[]): number[] {
  const n = counts.length;
  const totals = counts.map((row) => row.reduce((sum, value) => sum + value, 0) || 1);
  const similarity = (a: number, b: number): number =>
    (counts[a]?.[b] ?? 0) / totals[a]! + (counts[b]?.[a] ?? 0) / totals[b]!;
  let groups: number[][] = Array.from({ length: n }, (_, i) => [i]);
  let links = groups.map((_, a) => groups.map((__, b) => (a === b ? -1 : similarity(a, b))));
  while (groups.length > 1) {
    let best = 0;
    let first = -1;
    let second = -1;
    for (let a = 0; a < groups.length; a++)
      for (let b = a + 1; b < groups.length; b++)
        if (links[a]![b]! > best) [best, first, second] = [links[a]![b]!, a, b];
    if (first < 0) break;
    const merged = joinEnds(groups[first]!, groups[second]!, similarity);
    const sizes = [groups[first]!.length, groups[second]!.length] as const;
    const joined = links[first]!.map(
      (value, k) => (value * sizes[0] + links[second]![k]! * sizes[1]) / (sizes[0] + sizes[1]),
    );
    const rest = groups.map((_, k) => k).filter((k) => k !== first && k !== second);
    links = [...rest.map((a) => [...rest.map((b) => links[a]![b]!), joined[a]!]), [...rest.map((b) => joined[b]!), -1]];
    groups = [...rest.map((k) => groups[k]!), merged];
  }
  return groups.sort((a, b) => b.length - a.length || a[0]! - b[0]!).flat();
}

function joinEnds(a: number[], b: number[], similarity: (i: number, j: number) => number): number[] {
  const ways = [
    [a, b],
    [a, b.toReversed()],
    [a.toReversed(), b],
    [a.toReversed(), b.toReversed()],
  ] as const;
  let best: readonly [number[], number[]] = ways[0];
  let bestLink = -1;
  for (const way of ways) {
    const link = similarity(way[0].at(-1)!, way[1][0]!);
    if (link > bestLink) [best, bestLink] = [way, link];
  }
  return [...best[0], ...best[1]];
}
