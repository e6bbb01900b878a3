// How a few typed letters find a name: every word must occur, whatever the case and accents. Ranks, does not edit.

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();
}

/** 0 is best (the name begins with what was typed); null where a word is missing. */
export function matchRank(text: string, typed: string): number | null {
  const name = plain(text);
  const words = plain(typed).split(/\s+/).filter(Boolean);
  if (words.length === 0) return 3;
  let rank = 0;
  for (const word of words) {
    const at = name.indexOf(word);
    if (at < 0) return null;
    const starts = at === 0 || /[\s_\-./:]/.test(name[at - 1] ?? '');
    rank = Math.max(rank, at === 0 ? 0 : starts ? 1 : 2);
  }
  return rank;
}

/** Those that match, best first, otherwise in their order. */
export function searched<T>(items: readonly T[], typed: string, name: (item: T) => string): T[] {
  return items
    .map((item, order) => ({ item, order, rank: matchRank(name(item), typed) }))
    .filter((found): found is { item: T; order: number; rank: number } => found.rank !== null)
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .map((found) => found.item);
}
