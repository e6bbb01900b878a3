// Trees of labels: which label stands above which, told by a file's metadata or read from the codes themselves. What is
// done with a tree (targets, consistent answers, levels) is here too; figures over one are in metrics/hierarchical.ts.

/** A code of a tree as a file declares it. `parent` null: a top code. */
export interface TaxonomyCode {
  code: string;
  parent: string | null;
  name?: string;
}

export interface Taxonomy {
  /** The code above, also where no row has it; null at the top. */
  parentOf(code: string): string | null;
  /** The codes with all that stand above them, each once, the given ones first. */
  withAncestors(codes: readonly string[]): string[];
}

const threeDigits = /^\d{3}(\.\d+)?$/;

/** Dewey: 005.13 is under 005, 025 under 020 where there is one, else under 000. */
function deweyParent(code: string, known: ReadonlySet<string>): string | null {
  const dot = code.indexOf('.');
  if (dot > 0) return code.slice(0, dot);
  const top = `${code[0] ?? ''}00`;
  const tens = `${code.slice(0, 2)}0`;
  if (code === top) return null;
  return code !== tens && tens !== top && known.has(tens) ? tens : top;
}

/** a/b is under a; 12.3 and 12.3.1 are under 12 and 12.3. Null where the code says nothing. */
function writtenParent(code: string): string | null {
  const slash = code.lastIndexOf('/');
  if (slash > 0) return code.slice(0, slash).trim() || null;
  const dot = code.lastIndexOf('.');
  const isNumbered = dot > 0 && dot < code.length - 1 && !/[\s/]/.test(code);
  return isNumbered ? code.slice(0, dot) : null;
}

/**
 * Parents that the codes themselves tell. Three digits are taken for Dewey's only where all codes are and one begins with
 * 0 or stands above another. A path or number counts where what is above it is a code too or stands above two: `n/a` and
 * `node.js` alone make no tree.
 */
export function impliedParents(codes: readonly string[]): Map<string, string> {
  const known = new Set(codes);
  const parents = new Map<string, string>();
  if (codes.length > 1 && codes.every((code) => threeDigits.test(code))) {
    const found = codes.flatMap((code): [string, string][] => {
      const parent = deweyParent(code, known);
      return parent === null ? [] : [[code, parent]];
    });
    if (codes.some((code) => code.startsWith('0')) || found.some(([, parent]) => known.has(parent)))
      for (const [code, parent] of found) {
        parents.set(code, parent);
        const above = deweyParent(parent, known);
        if (above !== null) parents.set(parent, above);
      }
    return parents;
  }
  const children = new Map<string, number>();
  const wanted = [...known];
  for (const code of wanted) {
    const parent = writtenParent(code);
    if (parent === null) continue;
    children.set(parent, (children.get(parent) ?? 0) + 1);
    // What is above a path is a path as well.
    if (!children.has(code) && !wanted.includes(parent)) wanted.push(parent);
  }
  for (const code of wanted) {
    const parent = writtenParent(code);
    if (parent !== null && (known.has(parent) || (children.get(parent) ?? 0) > 1)) parents.set(code, parent);
  }
  return parents;
}

/** The tree over these codes: as declared, and for codes that no declaration knows as they are written. Null: no tree. */
export function taxonomyOf(codes: readonly string[], declared: readonly TaxonomyCode[] = []): Taxonomy | null {
  const parents = impliedParents([...new Set([...codes, ...declared.map(({ code }) => code)])]);
  // A plain list of codes says nothing about what stands above what.
  const told = declared.some(({ parent }) => parent !== null) ? declared : [];
  for (const { code, parent } of told) {
    if (parent === null || parent === code) parents.delete(code);
    else parents.set(code, parent);
  }
  breakCircles(parents);
  const parentOf = (code: string): string | null => parents.get(code) ?? null;
  const withAncestors = (given: readonly string[]): string[] => {
    const closed = new Set(given);
    for (const code of closed) {
      const parent = parentOf(code);
      if (parent !== null) closed.add(parent);
    }
    return [...closed];
  };
  return codes.some((code) => parents.has(code)) ? { parentOf, withAncestors } : null;
}

/** A code that would stand above itself is made a top code. */
function breakCircles(parents: Map<string, string>): void {
  for (const start of parents.keys()) {
    const seen = new Set([start]);
    for (let at = parents.get(start); at !== undefined; at = parents.get(at)) {
      if (seen.has(at)) {
        parents.delete(start);
        break;
      }
      seen.add(at);
    }
  }
}

/** Parent of each label as an index into `labels`; -1 at the top. */
export function parentIndices(labels: readonly string[], taxonomy: Taxonomy): number[] {
  const index = new Map(labels.map((label, i) => [label, i]));
  return labels.map((label) => {
    const parent = taxonomy.parentOf(label);
    return parent === null ? -1 : (index.get(parent) ?? -1);
  });
}

/** Level of each label, 1 at the top. */
export function levelsOf(parents: readonly number[]): number[] {
  return parents.map((_, label) => {
    let level = 1;
    for (let at = parents[label]!; at >= 0 && level <= parents.length; at = parents[at]!) level++;
    return level;
  });
}

/** Label indices with all above them, ascending. Without a tree: as they are. */
export function closedUpwards(labels: readonly number[], parents: readonly number[] | undefined): number[] {
  if (!parents) return [...labels];
  const closed = new Set(labels);
  for (const label of closed) if ((parents[label] ?? -1) >= 0) closed.add(parents[label]!);
  return [...closed].sort((a, b) => a - b);
}

/**
 * In place: a parent is at least as likely as each of its children, since whoever has the child has the parent (the true
 * path rule's lower bound; Valentini 2011). `values`: [rows, labels].
 */
export function makeConsistent(values: Float32Array | Float64Array, parents: readonly number[]): void {
  const labels = parents.length;
  const levels = levelsOf(parents);
  const upwards = parents.flatMap((parent, label) => (parent < 0 ? [] : [label]));
  upwards.sort((a, b) => levels[b]! - levels[a]!);
  for (let base = 0; base + labels <= values.length; base += labels)
    for (const label of upwards) {
      const above = base + parents[label]!;
      if (values[base + label]! > values[above]!) values[above] = values[base + label]!;
    }
}
