// Names of columns as stored. Rows handed out carry `id`, `split`, `labels` and `labelOrigin` of their own, so a
// file's column of that name that means something else is stored as `name (file)`.
import type { Mapping } from '../../src/contract/records';
import type { OpenedFile, RowBatch } from '../../src/formats/reading';
import { safeName } from '../../src/formats/records';
import { guessMapping } from '../../src/lib/mapping-guess';

const own = new Set(['id', 'labelOrigin']);
const roleNames = new Set(['split', 'labels']);

/** @param roles columns of the file that are mapped to the role of their own name */
export function storedName(name: string, roles: ReadonlySet<string>): string {
  if (own.has(name) || (roleNames.has(name) && !roles.has(name))) return `${name} (file)`;
  return safeName(name);
}

/** `split` and `labels` keep their names where they play that role. */
export function rolesOf(mapping: Mapping): Set<string> {
  const roles = new Set<string>();
  if (mapping.split === 'split') roles.add('split');
  if (mapping.labels === 'labels') roles.add('labels');
  return roles;
}

export function storedMapping(mapping: Mapping, roles: ReadonlySet<string>): Mapping {
  return Object.fromEntries(Object.entries(mapping).map(([role, name]) => [role, storedName(name, roles)]));
}

/** The name a column had in its file, for taking it away again. */
export function fileName(stored: string): string {
  return stored.replace(/ \(file\)$/, '');
}

const rowsLookedAt = 2000;

/**
 * The mapping of a file from its first rows, in stored names: what the user said, else what the shape says, else a
 * guess. `unused` names what the user mapped and the file does not have. A mapping taken from a preview names columns
 * as stored; one written by hand, as in the file: both are understood.
 */
export function settleMapping(
  file: OpenedFile,
  batch: RowBatch,
  told?: Mapping,
): { mapping: Mapping; roles: ReadonlySet<string>; unused: string[] } {
  const head = batch.cells.map((cells) => cells.slice(0, rowsLookedAt));
  const guess = guessMapping(batch.columns, head, file.mapping);
  const wanted: Mapping = told ? { ...(guess.split === undefined ? {} : { split: guess.split }), ...told } : guess;
  const known = new Set(batch.columns);
  const unused: string[] = [];
  const used: [string, string][] = [];
  for (const [role, name] of Object.entries(wanted)) {
    const inFile = [name, fileName(name)].find((candidate) => known.has(candidate));
    if (inFile === undefined) unused.push(`${role}: ${name}`);
    else used.push([role, inFile]);
  }
  const mapping: Mapping = Object.fromEntries(used);
  const roles = rolesOf(mapping);
  return { mapping: storedMapping(mapping, roles), roles, unused };
}
