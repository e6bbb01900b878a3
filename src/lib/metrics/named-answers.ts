// Answers as label names, as they come from a model whose labels may differ from the ones that judge it.

/**
 * Indices into `labels`. A name that is not there has no index: as an answer it is no answer, so it is wrong
 * and takes nothing from another label's precision.
 */
export function labelIndices(names: readonly (readonly string[])[], labels: readonly string[]): number[][] {
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  return names.map((row) => row.flatMap((name) => indexOf.get(name) ?? []));
}

/** Names of label indices. */
export function labelNames(rows: readonly (readonly number[])[], labels: readonly string[]): string[][] {
  return rows.map((row) => row.map((label) => labels[label]!));
}
