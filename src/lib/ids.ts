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

/** The parts of a row id as `rowIdOf` writes it; null for any other spelling, so that a row has one id only. */
export function parseRowId(rowId: string): { rootId: string; ordinal: number } | null {
  const parts = /^(.+)\.(0|[1-9]\d*)$/s.exec(rowId);
  const ordinal = Number(parts?.[2]);
  if (!parts || !Number.isSafeInteger(ordinal)) return null;
  return { rootId: parts[1]!, ordinal };
}
