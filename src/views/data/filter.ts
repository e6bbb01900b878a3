// The filter as typed: `refund label:card_arrival split:test len>200 -label:spam "two words"`. Parsed to the
// facade's Where and edited as text (facets), so that the address always holds what is shown. Pure.
import type { Condition, Where } from '../../contract/data';
import type { Dataset } from '../../contract/records';

export interface FilterToken {
  /** As typed, for drawing and removing. */
  raw: string;
  negated: boolean;
  field: string | null;
  operator: ':' | '>' | '<';
  value: string;
}

const shape = /(-?)(?:([\p{L}\p{N}_.$]+|"[^"]+")([:<>])("[^"]*"?|[^\s"]*)|("[^"]*"?|[^\s"]+))/gu;
const unquote = (text: string) => text.replace(/^"|"$/g, '');

export function tokensOf(typed: string): FilterToken[] {
  return Array.from(typed.matchAll(shape), ([raw, minus, field, operator, value, words]) => ({
    raw,
    negated: minus === '-',
    field: field ? unquote(field) : null,
    operator: operator === '>' || operator === '<' ? operator : ':',
    value: unquote(value ?? words ?? ''),
  }));
}

/** All conditions as one: several on the same column nest, for a Where has each column once. */
export function allOf(conditions: readonly Where[]): Where | undefined {
  let all: Where | undefined;
  for (const condition of conditions.toReversed()) {
    if (!all) all = { ...condition };
    else if (Object.keys(condition).some((key) => all && key in all) || 'any' in all)
      all = { ...condition, any: [all] };
    else all = { ...condition, ...all };
  }
  return all;
}

function columnOf(field: string, dataset: Dataset): string {
  const lower = field.toLowerCase();
  if (lower === 'label' || lower === 'labels') return 'labels';
  if (lower === 'split') return 'split';
  if (lower === 'len') return 'len';
  if (lower === 'origin') return 'labelOrigin';
  if (lower === 'text') return dataset.mapping.text ?? 'text';
  return dataset.columns.find((column) => column.toLowerCase() === lower) ?? field;
}

function conditionOf(token: FilterToken, dataset: Dataset): Where | null {
  if (token.value === '') return null;
  const textColumn = dataset.mapping.text ?? '*';
  if (token.field === null) {
    // "Does not contain" cannot be said to the facade; a lone minus is looked for as typed.
    return { [textColumn]: { contains: (token.negated ? '-' : '') + token.value } };
  }
  const field = token.field.toLowerCase();
  if (field === 'row') {
    const ids = token.value.split(',').map((row) => `${dataset.rootId}.${Number(row) - 1}`);
    return { id: ids };
  }
  const column = columnOf(token.field, dataset);
  if (token.operator !== ':') {
    const bound = Number(token.value);
    if (Number.isNaN(bound)) return null;
    return { [column]: token.operator === '>' ? { gte: bound, not: bound } : { lte: bound, not: bound } };
  }
  // A label may be called "none": then the word means that label.
  const isLabel = column === 'labels' && Object.hasOwn(dataset.report.stats.classes, token.value);
  const missing = !isLabel && ['none', 'no', '-'].includes(token.value.toLowerCase());
  const categorical = column === 'labels' || column === 'split' || column === 'labelOrigin';
  const value: Condition = categorical ? (missing ? '' : token.value) : { contains: token.value };
  if (!token.negated) return { [column]: value };
  return { [column]: { not: missing ? '' : token.value } };
}

/** Undefined where nothing is filtered. Tokens that say nothing yet ("label:") are passed over. */
export function parseFilter(typed: string, dataset: Dataset): Where | undefined {
  return allOf(
    tokensOf(typed)
      .map((token) => conditionOf(token, dataset))
      .filter((condition) => condition !== null),
  );
}

export function tokenFor(field: string, value: string): string {
  return `${field}:${/[\s"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value}`;
}
export function hasToken(typed: string, token: string): boolean {
  return tokensOf(typed).some((known) => known.raw === token);
}
/** Adds the token, or takes it out; one value a field, as a facet is chosen. */
export function toggleToken(typed: string, field: string, value: string): string {
  const token = tokenFor(field, value);
  const others = tokensOf(typed)
    .filter((known) => known.field !== field || known.negated)
    .map((known) => known.raw);
  return (hasToken(typed, token) ? others : [...others, token]).join(' ');
}
