// What a JSON file's `metadata` says about its samples: the tree of codes in the ways people write one, and whether counts,
// codes and confidences agree with the rows. Findings only: nothing here refuses a file.
import type { Mapping } from '../contract/records';
import { labelsOf, numberOf } from '../lib/mapping-cells';
import type { TaxonomyCode } from '../lib/taxonomy';
import { isRecord, own, type JsonRecord, type ReadLog } from './reading';

const treeKeys = ['taxonomy', 'tree', 'hierarchy', 'codes', 'categories', 'taxonomy_codes', 'labels'];
const nameKeys = ['name', 'title', 'label', 'description'];
const codeKeys = ['code', 'id', 'key'];
const childKeys = ['children', 'subcategories', 'codes', 'subcodes'];
const countKeys = ['total_samples', 'num_samples', 'sample_count', 'samples', 'n_samples', 'total', 'count'];
const perCodeKeys = ['code_counts', 'counts', 'label_counts', 'distribution', 'codes_distribution', 'samples_per_code'];
const mostCodes = 20_000;
const deepest = 16;

const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
const firstText = (node: JsonRecord, keys: readonly string[]): string | null =>
  keys.map((key) => textOf(own(node, key))).find((text) => text !== null) ?? null;

/** Collects codes from nested objects or lists, each with its parent; stops quietly where there are absurdly many. */
class TreeReader {
  readonly codes = new Map<string, TaxonomyCode>();

  private add(code: string, parent: string | null, name: string | null): void {
    if (this.codes.has(code) || this.codes.size >= mostCodes) return;
    this.codes.set(code, { code, parent, ...(name === null ? {} : { name }) });
  }

  read(value: unknown, parent: string | null, depth = 0): void {
    if (depth > deepest) return;
    if (Array.isArray(value)) for (const item of value) this.item(item, parent, depth);
    else if (isRecord(value)) for (const [code, inner] of Object.entries(value)) this.entry(code, inner, parent, depth);
  }

  /** "004" · { code, name, parent?, children? } */
  private item(item: unknown, parent: string | null, depth: number): void {
    const code = textOf(item);
    if (code !== null) this.add(code, parent, null);
    else if (isRecord(item)) {
      const found = firstText(item, codeKeys);
      if (found === null) return;
      this.add(found, textOf(own(item, 'parent')) ?? parent, firstText(item, nameKeys));
      for (const key of childKeys) this.read(own(item, key), found, depth + 1);
    }
  }

  /** "000": "Name" · ["004", …] · { name, children } · { "004": … } */
  private entry(code: string, inner: unknown, parent: string | null, depth: number): void {
    if (!isRecord(inner)) {
      this.add(code, parent, typeof inner === 'string' ? inner : null);
      if (Array.isArray(inner)) this.read(inner, code, depth + 1);
      return;
    }
    this.add(code, textOf(own(inner, 'parent')) ?? parent, firstText(inner, nameKeys));
    const children = childKeys.filter((key) => Object.hasOwn(inner, key));
    if (children.length > 0) for (const key of children) this.read(own(inner, key), code, depth + 1);
    else if (Object.values(inner).some((value) => isRecord(value) || Array.isArray(value)))
      this.read(inner, code, depth + 1);
  }
}

/** The codes that metadata declares, with their parents; null where it declares none. */
export function declaredTaxonomy(metadata: JsonRecord): TaxonomyCode[] | null {
  const reader = new TreeReader();
  for (const key of treeKeys) {
    const value = own(metadata, key);
    if (Array.isArray(value) || isRecord(value)) reader.read(value, null);
    if (reader.codes.size > 0) return [...reader.codes.values()];
  }
  return null;
}

const shown = (values: readonly string[]): string =>
  values.slice(0, 5).join(', ') + (values.length > 5 ? ` and ${String(values.length - 5)} more` : '');
const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** Tells the log where metadata and rows differ. `mapping`: where labels and confidence are. */
export function checkMetadata(
  metadata: JsonRecord,
  rows: readonly unknown[],
  mapping: Mapping | undefined,
  declared: readonly TaxonomyCode[] | null,
  log: ReadLog,
): void {
  checkCount(metadata, rows.length, log);
  const column = mapping?.labels ?? mapping?.label;
  if (column === undefined) return;
  const known = new Set(declared?.map(({ code }) => code));
  const used = new Map<string, number>();
  const strangers = new Set<string>();
  const strange: number[] = [];
  rows.forEach((row, at) => {
    if (!isRecord(row)) return;
    const labels = labelsOf(own(row, column), mapping?.labels !== undefined) ?? [];
    for (const label of labels) used.set(label, (used.get(label) ?? 0) + 1);
    const unknown = declared ? labels.filter((label) => !known.has(label)) : [];
    if (unknown.length > 0) strange.push(at + 1);
    for (const label of unknown) strangers.add(label);
    if (mapping?.confidence !== undefined) checkConfidence(own(row, mapping.confidence), at + 1, log);
  });
  const reason = `have a code that the metadata’s tree does not: ${shown([...strangers])}${hint(strangers, known)}`;
  for (const row of strange) log.warn('unknown-code', reason, row);
  if (declared) {
    const parents = new Set(declared.flatMap(({ parent }) => (parent === null ? [] : [parent])));
    const idle = declared.filter(({ code }) => !used.has(code) && !parents.has(code)).map(({ code }) => code);
    if (idle.length > 0)
      log.warn(
        'unused-code',
        `${counted(idle.length, 'code')} of the metadata’s tree ${idle.length === 1 ? 'is' : 'are'} never used: ${shown(idle)}.`,
      );
  }
  checkPerCode(metadata, used, log);
}

/** `4` where the tree has `004`: a program before this one has taken the zeros away. */
function hint(strangers: ReadonlySet<string>, known: ReadonlySet<string>): string {
  const bare = (code: string): string => code.replace(/^0+(?=\d)/, '');
  for (const code of known)
    if (bare(code) !== code && strangers.has(bare(code))) return ` (${bare(code)} may be ${code} without its zeros)`;
  return '';
}

function checkConfidence(value: unknown, row: number, log: ReadLog): void {
  if (value === undefined || value === null) return;
  const confidence = typeof value === 'number' || typeof value === 'string' ? numberOf(value) : null;
  if (confidence === null || confidence < 0 || confidence > 1)
    log.warn(
      'odd-confidence',
      'have a confidence that is no number from 0 to 1. Their labels are taken as certain',
      row,
    );
}

function checkCount(metadata: JsonRecord, rows: number, log: ReadLog): void {
  for (const key of countKeys) {
    const told = own(metadata, key);
    if (typeof told !== 'number') continue;
    if (told !== rows)
      log.warn(
        'count-differs',
        `The metadata says ${key}: ${told.toLocaleString('en')}, and there ${rows === 1 ? 'is' : 'are'} ${counted(rows, 'sample')}. Samples may be missing.`,
      );
    return;
  }
}

function checkPerCode(metadata: JsonRecord, used: ReadonlyMap<string, number>, log: ReadLog): void {
  for (const key of perCodeKeys) {
    const told = own(metadata, key);
    if (!isRecord(told)) continue;
    const wrong = Object.entries(told).flatMap(([code, count]) =>
      typeof count === 'number' && count !== (used.get(code) ?? 0)
        ? [`${code} (${String(count)} told, ${String(used.get(code) ?? 0)} found)`]
        : [],
    );
    if (wrong.length > 0)
      log.warn('code-count-differs', `The metadata’s ${key} differ from the samples for ${shown(wrong)}.`);
    return;
  }
}
