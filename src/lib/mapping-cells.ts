// From a cell to what a task reads: text, labels, split. The one place that says what an odd cell means.
import type { Cell, Split } from '../contract/records';

/** The text of a cell; missing is ''. Lists and objects are shown as JSON. */
export function textOf(cell: Cell | undefined): string {
  if (typeof cell === 'string') return cell;
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** The number of a cell, also where it is written as text; null where it is none. */
export function numberOf(cell: Cell | undefined): number | null {
  const value = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell;
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/**
 * Labels of a cell, or null where the row is unlabelled. An empty list is a labelled row without labels when
 * several are allowed (a true negative). Several labels in one text cell: a JSON list, or parts between | ; or ,.
 */
export function labelsOf(cell: Cell | undefined, several: boolean): string[] | null {
  if (cell === null || cell === undefined || cell === '') return null;
  if (Array.isArray(cell)) {
    const labels = [...new Set(cell.map(textOf).filter((label) => label !== ''))];
    return several || labels.length > 0 ? labels : null;
  }
  if (!several || typeof cell !== 'string') return [textOf(cell)];
  return splitLabels(cell);
}

function splitLabels(cell: string): string[] | null {
  const text = cell.trim();
  if (text === '') return null;
  if (text.startsWith('[') && text.endsWith(']')) {
    const listed = listOf(text);
    if (listed) return listed;
  }
  // A list that is no JSON, such as [004, 005]: codes keep their zeros.
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  const separator = ['|', ';', ','].find((mark) => bare.includes(mark));
  const parts = separator ? bare.split(separator) : [bare];
  return [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ''))];
}

/** JSON lists, and Python's way of writing them with single quotes. */
function listOf(text: string): string[] | null {
  for (const candidate of [text, text.replaceAll("'", '"')]) {
    try {
      const value: unknown = JSON.parse(candidate);
      if (Array.isArray(value))
        return [...new Set(value.map((item) => textOf(item as Cell)).filter((item) => item !== ''))];
    } catch {
      // Not this way of writing a list: the next one, or plain parts.
    }
  }
  return null;
}

const splitWords = new Map<string, Split>([
  ['train', 'train'],
  ['training', 'train'],
  ['trn', 'train'],
  ['validation', 'validation'],
  ['valid', 'validation'],
  ['val', 'validation'],
  ['dev', 'validation'],
  ['development', 'validation'],
  ['eval', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
  ['tst', 'test'],
]);

/** The split a cell names, or null. */
export function splitOf(cell: Cell | undefined): Split | null {
  return typeof cell === 'string' ? (splitWords.get(cell.trim().toLowerCase()) ?? null) : null;
}

/**
 * The splits that files' names give their rows: train*, dev*, val*, test*; and, where the files name a train part among them,
 * such a word anywhere ("stsb-en-dev.csv"). One file alone says nothing: the recipe splits it.
 */
export function splitsOfFileNames(paths: readonly string[]): (Split | null)[] {
  if (paths.length < 2) return paths.map(() => null);
  const names = paths.map((path) => path.slice(path.lastIndexOf('/') + 1).toLowerCase());
  const inside = names.map((name) => splitAtStart(name) ?? splitInside(name));
  return inside.includes('train') ? inside : names.map(splitAtStart);
}

/** The last word of the name that is one of a split. */
function splitInside(name: string): Split | null {
  const words = name.split(/[^a-z]+/);
  return words.map((word) => splitWords.get(word) ?? null).findLast((split) => split !== null) ?? null;
}

function splitAtStart(name: string): Split | null {
  if (name.startsWith('train')) return 'train';
  if (name.startsWith('dev') || name.startsWith('val')) return 'validation';
  return name.startsWith('test') ? 'test' : null;
}
