// Identifiers. Random, not seeded: they name records and never influence training.

/** 16 hex digits of the platform's randomness behind a short prefix, so that an id says what it names. */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `${prefix}-${Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')}`;
}

/** Row ids survive versions: the first version's id and the row's place in it. */
export function rowIdOf(rootId: string, ordinal: number): string {
  return `${rootId}.${ordinal}`;
}
export function parseRowId(rowId: string): { rootId: string; ordinal: number } | null {
  const dot = rowId.lastIndexOf('.');
  const ordinal = Number(rowId.slice(dot + 1));
  if (dot < 1 || !Number.isInteger(ordinal) || ordinal < 0) return null;
  return { rootId: rowId.slice(0, dot), ordinal };
}
