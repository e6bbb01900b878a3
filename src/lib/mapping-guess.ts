// Which column plays which role, from names first and from what the cells look like second. A guess: shown in the
// preview, where it can be changed.
import type { Cell, MappedColumn, Mapping } from '../contract/records';
import { typeOfCell } from './dataset-report-columns';
import { labelsOf, splitOf, textOf } from './mapping-cells';

const names: [MappedColumn, RegExp][] = [
  ['messages', /^(messages|conversations?|dialogue?|turns)$/],
  ['instruction', /^instruction$/],
  ['sentence1', /^(sentence_?1|sentence_?a|premise|text_?1|question_?1)$/],
  ['sentence2', /^(sentence_?2|sentence_?b|hypothesis|text_?2|question_?2)$/],
  ['anchor', /^(anchor|query)$/],
  ['positive', /^(positive|pos|positives?_passages?)$/],
  ['negative', /^(negative|neg|negatives?_passages?)$/],
  ['user', /^(user_?id|user|customer_?id|userid)$/],
  ['item', /^(item_?id|item|movie_?id|book_?id|product_?id|isbn|asin)$/],
  ['rating', /^(rating|stars|implicit_rating)$/],
  ['timestamp', /^(timestamp|time|unix_?time)$/],
  ['type', /^(interaction_type|event_type|event)$/],
  ['labels', /^(labels|taxonomy_codes|categories|cats|intents|tags|topics)$/],
  [
    'label',
    /^(label|category|intent|class|target|sentiment|stimmung|label_text|kategorie|emotion|topic|klasse|étiquette|etiqueta)$/,
  ],
  ['split', /^(split|set|fold_name|subset|partition)$/],
  ['confidence', /^(confidence)$/],
  ['group', /^(group|group_id|conversation_id|session_id|thread_id)$/],
  [
    'text',
    /^(text|utterance|sentence|message|nachricht|content|body|comment|review|review_text|tweet|texte|texto|document|description|phrase|ticket_text)$/,
  ],
];

/**
 * @param columns names as stored
 * @param cells the first rows, column by column
 * @param hint what the recognised shape says; it wins
 */
export function guessMapping(
  columns: readonly string[],
  cells: readonly (readonly Cell[])[],
  hint: Mapping = {},
): Mapping {
  const mapping: Mapping = Object.fromEntries(Object.entries(hint).filter(([, name]) => columns.includes(name)));
  const taken = new Set<string>(Object.values(mapping));
  const take = (role: MappedColumn, column: string): void => {
    mapping[role] = column;
    taken.add(column);
  };
  const plain = (column: string): string =>
    column
      .toLowerCase()
      .replace(/ \(file\)$/, '')
      .trim();
  for (const [role, pattern] of names) {
    if (mapping[role] !== undefined || conflicts(role, mapping)) continue;
    const column = columns.find((name) => !taken.has(name) && pattern.test(plain(name)));
    if (column !== undefined && fits(role, cells[columns.indexOf(column)] ?? [])) take(role, column);
  }
  completePairs(mapping, columns, taken, take);
  dropLonely(mapping);
  if (isOtherTask(mapping)) return mapping;
  guessByContent(mapping, columns, cells);
  return mapping;
}

function conflicts(role: MappedColumn, mapping: Mapping): boolean {
  return role === 'label' && mapping.labels !== undefined;
}

/** A name alone is not enough where the cells say otherwise. */
function fits(role: MappedColumn, cells: readonly Cell[]): boolean {
  const filled = cells.filter((cell) => cell !== null && cell !== '');
  if (filled.length === 0) return role !== 'split';
  if (role === 'split') return filled.some((cell) => splitOf(cell) !== null);
  if (role === 'messages')
    return filled.some((cell) => Array.isArray(cell) || (typeof cell === 'string' && cell.startsWith('[')));
  if (role === 'labels') return filled.some((cell) => Array.isArray(cell) || typeof cell === 'string');
  if (role === 'label') return filled.every((cell) => textOf(cell).length <= 200);
  return true;
}

/** Question and answer, prompt and completion: what a pair means depends on its partner. */
function completePairs(
  mapping: Mapping,
  columns: readonly string[],
  taken: ReadonlySet<string>,
  take: (role: MappedColumn, column: string) => void,
): void {
  const find = (pattern: RegExp): string | undefined =>
    columns.find((name) => !taken.has(name) && pattern.test(name.toLowerCase()));
  if (mapping.sentence1 !== undefined && mapping.sentence2 !== undefined && mapping.score === undefined) {
    const score = find(/^(score|similarity|similarity_score)$/);
    if (score !== undefined) take('score', score);
  }
  if (mapping.instruction !== undefined) {
    const input = find(/^input$/);
    const output = find(/^(output|response)$/);
    if (input !== undefined) take('input', input);
    if (output !== undefined) take('output', output);
    return;
  }
  const ask = find(/^(question|prompt|query)$/);
  const answer = find(/^(answer|completion|response|output)$/);
  if (ask !== undefined && answer !== undefined) {
    take('instruction', ask);
    take('output', answer);
  }
}

/** Half of a pair is no role: it would hide the column from the guess by content. */
function dropLonely(mapping: Mapping): void {
  if (mapping.anchor !== undefined && mapping.positive === undefined) delete mapping.anchor;
  if (mapping.anchor === undefined) {
    delete mapping.positive;
    delete mapping.negative;
  }
  if (mapping.sentence1 === undefined || mapping.sentence2 === undefined) {
    delete mapping.sentence1;
    delete mapping.sentence2;
  }
  if (mapping.user === undefined || mapping.item === undefined) {
    delete mapping.user;
    delete mapping.rating;
    delete mapping.type;
  }
}

function isOtherTask(mapping: Mapping): boolean {
  return (
    (mapping.user !== undefined && mapping.item !== undefined) ||
    mapping.messages !== undefined ||
    mapping.anchor !== undefined ||
    mapping.sentence1 !== undefined ||
    (mapping.instruction !== undefined && mapping.output !== undefined)
  );
}

function guessByContent(mapping: Mapping, columns: readonly string[], cells: readonly (readonly Cell[])[]): void {
  const taken = new Set<string>(Object.values(mapping));
  const take = (role: MappedColumn, column: string): void => {
    mapping[role] = column;
    taken.add(column);
  };
  const free = columns
    .map((name, index) => ({ name, cells: cells[index] ?? [] }))
    .filter(({ name }) => !taken.has(name));
  if (mapping.text === undefined) {
    const texts = free
      .map((column) => ({ ...column, length: proseLength(column.cells) }))
      .filter(({ length }) => length > 0);
    const best = texts.reduce<{ name: string; length: number } | null>(
      (a, b) => (a && a.length >= b.length ? a : b),
      null,
    );
    if (best) take('text', best.name);
  }
  if (mapping.label !== undefined || mapping.labels !== undefined || mapping.text === undefined) return;
  const label = free.find(
    ({ name, cells: values }) => !taken.has(name) && looksLikeLabels(name, values, columns.length),
  );
  if (label) take('label', label.name);
  else {
    const lists = free.find(({ name, cells: values }) => !taken.has(name) && looksLikeLabelLists(values));
    if (lists) take('labels', lists.name);
  }
}

/** Mean length of a column of texts; 0 where it is none. Needs words, or no better: values that differ. */
function proseLength(cells: readonly Cell[]): number {
  const filled = cells.filter((cell): cell is string => typeof cell === 'string' && cell !== '');
  if (filled.length === 0 || filled.length < cells.filter((cell) => cell !== null && cell !== '').length) return 0;
  const texts = filled.filter((cell) => typeOfCell(cell) === 'text');
  if (texts.length < filled.length * 0.6) return 0;
  const words = texts.filter((cell) => /\s|[\u3040-\u30ff\u4e00-\u9fff]/.test(cell.trim())).length;
  const mean = texts.reduce((sum, cell) => sum + cell.length, 0) / texts.length;
  return words > texts.length * 0.3 ? mean + 1000 : mean / 1000;
}

/** Wider tables are measurements, not class ids. */
const widestWithNumbers = 6;

/** Few values that come back. Numbers only where they are small whole class ids. */
function looksLikeLabels(name: string, cells: readonly Cell[], width: number): boolean {
  const filled = cells.filter((cell) => cell !== null && cell !== '');
  if (filled.length < 4 || /(^|_| )(id|no|nr|date|datum|lang|language|score|source)$/i.test(name)) return false;
  const values = new Set(filled.map(textOf));
  if (values.size < 2 || values.size > Math.max(2, filled.length * 0.5) || values.size > 500) return false;
  const types = new Set(filled.map((cell) => typeOfCell(cell as Exclude<Cell, null>)));
  if (types.has('list') || types.has('object') || types.has('date')) return false;
  if (types.has('number'))
    return width <= widestWithNumbers && values.size <= 30 && filled.every((cell) => /^\d{1,2}$/.test(textOf(cell)));
  return [...values].every((value) => value.length <= 80);
}

function looksLikeLabelLists(cells: readonly Cell[]): boolean {
  const lists = cells.filter((cell) => Array.isArray(cell));
  if (lists.length === 0 || lists.length < cells.filter((cell) => cell !== null).length) return false;
  const all = lists.flatMap((cell) => labelsOf(cell, true) ?? []);
  const values = new Set(all);
  return (
    values.size > 1 && values.size <= Math.max(2, all.length * 0.6) && [...values].every((value) => value.length <= 80)
  );
}

/** The task a mapping suits best. */
export function suggestTask(mapping: Mapping): string {
  if (mapping.user !== undefined && mapping.item !== undefined) return 'recommender';
  if (mapping.messages !== undefined || mapping.instruction !== undefined) return 'language-model';
  if (mapping.anchor !== undefined || mapping.sentence1 !== undefined) return 'embedding';
  return mapping.labels !== undefined ? 'classifier' : 'intent';
}
