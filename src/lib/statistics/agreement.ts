// Agreement between people who label: Fleiss' kappa for several. For two, see cohenKappa in metrics/confusion.ts.

/**
 * `counts[item][category]`: how many raters chose it; the same number of raters for every item. Null where it is
 * undefined (no items, one rater, or one category only).
 */
export function fleissKappa(counts: readonly (readonly number[])[]): number | null {
  const items = counts.length;
  const raters = counts[0]?.reduce((sum, count) => sum + count, 0) ?? 0;
  if (items === 0 || raters < 2) return null;
  const shares = counts[0]!.map(
    (_, category) => counts.reduce((sum, item) => sum + item[category]!, 0) / (items * raters),
  );
  const expected = shares.reduce((sum, share) => sum + share * share, 0);
  const observed =
    counts.reduce((sum, item) => sum + item.reduce((own, count) => own + count * (count - 1), 0), 0) /
    (items * raters * (raters - 1));
  return expected === 1 ? null : (observed - expected) / (1 - expected);
}
