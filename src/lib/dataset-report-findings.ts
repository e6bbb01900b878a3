// What a report warns of, in the user's words: a code, a sentence, a count and the first five row numbers.
import type { ColumnInfo, Mapping, ReportEntry, Split } from '../contract/records';

const rowsKept = 5;
const valuesKept = 20;
const smallClass = 5;

/** Most serious first: the order of the report. */
const messages: Record<string, (count: number) => string> = {
  leak: (n) => `${plural(n, 'text')} in both train and test: the test score would be too good. Move or remove them.`,
  'conflicting-labels': (n) =>
    `${rowsWord(n)} the same text as an earlier row but another label. Decide which is right.`,
  'empty-text': (n) => `${rowsWord(n)} an empty text. They are kept but not trained on; Clean removes them.`,
  'duplicate-text': (n) => `${rowsWord(n)} a text that stood in an earlier row. Clean removes the repeats.`,
  'long-text': (n) => `${rowsWord(n)} a text over 2,000 characters. What lies beyond the model's length is cut off.`,
  'unknown-split': (n) =>
    `${rowsWord(n)} a split that is none of train, validation, dev or test; the recipe splits them.`,
};

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
function rowsWord(count: number): string {
  return count === 1 ? '1 row has' : `${count.toLocaleString('en')} rows have`;
}

/** Gathers (code, row, value) and turns them into report entries, in the order of `messages`. */
export class Findings {
  private readonly noted = new Map<string, { count: number; rows: number[]; values: Set<string> }>();
  private readonly ready: ReportEntry[] = [];

  note(code: string, row: number, value?: string): void {
    let found = this.noted.get(code);
    if (!found) this.noted.set(code, (found = { count: 0, rows: [], values: new Set() }));
    found.count++;
    if (found.rows.length < rowsKept) found.rows.push(row);
    if (value !== undefined && found.values.size < valuesKept) found.values.add(value);
  }

  classes(
    classes: ReadonlyMap<string, { rows: number; splits: number }>,
    declared: readonly string[],
    bits: Record<Split, number>,
    splits: Record<Split, number>,
  ): void {
    const names = [...classes.keys()];
    const small = names.filter((name) => (classes.get(name)?.rows ?? 0) < smallClass);
    if (small.length > 0)
      this.add(
        'small-class',
        small,
        `${plural(small.length, 'label')} with fewer than ${String(smallClass)} rows. Add rows or merge labels.`,
      );
    const absent = declared.filter((name) => !classes.has(name));
    if (absent.length > 0)
      this.add('empty-class', absent, `${plural(absent.length, 'label')} named in the file but given to no row.`);
    const alike = groupsAlike(names);
    if (alike.length > 0)
      this.add(
        'similar-labels',
        alike,
        `${plural(alike.length, 'group')} of labels differ only in case or blanks. Merge them if they mean the same.`,
      );
    const used = (['train', 'validation', 'test'] as const).filter((split) => splits[split] > 0);
    if (used.length > 1) {
      const once = names.filter((name) => used.some((split) => classes.get(name)?.splits === bits[split]));
      if (once.length > 0)
        this.add(
          'one-split-label',
          once,
          `${plural(once.length, 'label')} stand in one split only, so they are not both learned and tested.`,
        );
    }
  }

  columns(columns: readonly ColumnInfo[], mapping: Mapping): void {
    for (const column of columns) {
      if (column.type === 'mixed' && column.name !== mapping.labels && column.name !== mapping.label)
        this.ready.push({
          code: 'mixed-types',
          message: `Column ${column.name} holds mostly one type, with other values among it. Look at the odd ones.`,
          count: 1,
          column: column.name,
        });
      if (column.type === 'empty')
        this.ready.push({
          code: 'empty-column',
          message: `Column ${column.name} is empty.`,
          count: 1,
          column: column.name,
        });
    }
    if (mapping.text === undefined && !Object.keys(mapping).some((role) => role !== 'split' && role !== 'group'))
      this.ready.push({
        code: 'no-mapping',
        message: 'No column was recognised as text. Choose the text and label columns before training.',
        count: 1,
      });
  }

  tooManyLabels(found: number, kept: number): void {
    this.ready.push({
      code: 'many-labels',
      message: `The label column holds ${found.toLocaleString('en')} different values; the ${kept.toLocaleString('en')} most frequent are listed. Is it the right column?`,
      count: found,
    });
  }

  private add(code: string, values: string[], message: string): void {
    this.ready.push({ code, message, count: values.length, values: values.slice(0, valuesKept) });
  }

  entries(): ReportEntry[] {
    const noted = Object.keys(messages).flatMap((code) => {
      const found = this.noted.get(code);
      return found ? [[code, found] as const] : [];
    });
    const rows = noted.map(([code, found]): ReportEntry => {
      const entry: ReportEntry = {
        code,
        message: messages[code]?.(found.count) ?? code,
        count: found.count,
        rows: found.rows,
      };
      if (found.values.size > 0) entry.values = [...found.values];
      return entry;
    });
    return [...rows, ...this.ready];
  }
}

/** "Billing / billing " for every group of names that are the same once case and blanks are ignored. */
function groupsAlike(names: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const key = name
      .toLowerCase()
      .replace(/[\s_-]+/g, ' ')
      .trim();
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => group.map((name) => `"${name}"`).join(' / '));
}
