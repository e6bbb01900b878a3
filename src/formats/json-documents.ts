// Whole JSON documents that hold rows somewhere inside: unwrapped to a list of records with their own mapping.
import type { Cell, Mapping } from '../contract/records';
import { isRecord, own, type JsonRecord } from './reading';

export interface UnwrappedDocument {
  shape?: string;
  rows: readonly unknown[];
  mapping?: Mapping;
  declaredLabels?: string[];
}

const listKeys = [
  'samples',
  'interactions',
  'data',
  'rows',
  'examples',
  'items',
  'records',
  'utterances',
  'documents',
  'results',
  'tasks',
  'questions',
  'dialogs',
  'conversations',
  'train',
];

/** The rows of a document, or null where none are found. */
export function unwrapDocument(value: unknown): UnwrappedDocument | null {
  if (Array.isArray(value)) return { rows: value };
  if (!isRecord(value)) return null;
  return (
    huggingFaceRows(value) ??
    clinc(value) ??
    luis(value) ??
    rasaJson(value) ??
    columnLists(value) ??
    listInside(value) ??
    keyedRecords(value)
  );
}

/** The answer of Hugging Face's datasets server: rows under rows[].row, class names in the features. */
function huggingFaceRows(value: JsonRecord): UnwrappedDocument | null {
  const features = own(value, 'features');
  const rows = own(value, 'rows');
  if (!Array.isArray(features) || !Array.isArray(rows)) return null;
  const names = new Map<string, string[]>();
  for (const feature of features.filter(isRecord)) {
    const type = own(feature, 'type');
    const list = isRecord(type) ? own(type, 'names') : undefined;
    const name = own(feature, 'name');
    if (typeof name === 'string' && Array.isArray(list)) names.set(name, list.map(String));
  }
  const named = (key: string, cell: Cell): Cell => {
    const list = names.get(key);
    if (!list) return cell;
    if (Array.isArray(cell)) return cell.map((item) => named(key, item));
    return typeof cell === 'number' ? (list[cell] ?? null) : cell;
  };
  const records = rows.filter(isRecord).map((item) => {
    const row = own(item, 'row');
    return isRecord(row) ? Object.fromEntries(Object.entries(row).map(([key, cell]) => [key, named(key, cell)])) : item;
  });
  return { shape: 'hf-datasets-server', rows: records, declaredLabels: [...names.values()].flat() };
}

/** CLINC150: `{"train": [[text, label], …], "oos_test": …}`. */
function clinc(value: JsonRecord): UnwrappedDocument | null {
  const isPair = (item: Cell): boolean =>
    Array.isArray(item) && item.length === 2 && item.every((cell) => typeof cell === 'string');
  const entries = Object.entries(value);
  if (entries.length === 0) return null;
  const rows: JsonRecord[] = [];
  for (const [key, list] of entries) {
    if (!Array.isArray(list) || list.length === 0 || !list.every(isPair)) return null;
    const split = key.replace(/^oos_/, '');
    for (const item of list)
      if (Array.isArray(item)) rows.push({ text: item[0] ?? null, label: item[1] ?? null, split });
  }
  return { shape: 'clinc', rows, mapping: { text: 'text', label: 'label', split: 'split' } };
}

function luis(value: JsonRecord): UnwrappedDocument | null {
  const utterances = own(value, 'utterances');
  const intents = own(value, 'intents');
  if (!Array.isArray(utterances) || !Array.isArray(intents)) return null;
  const declared = intents.filter(isRecord).map((intent) => own(intent, 'name'));
  return {
    shape: 'luis',
    rows: utterances,
    mapping: { text: 'text', label: 'intent' },
    declaredLabels: declared.filter((name): name is string => typeof name === 'string'),
  };
}

function rasaJson(value: JsonRecord): UnwrappedDocument | null {
  const inner = own(value, 'rasa_nlu_data');
  const rows = isRecord(inner) ? own(inner, 'common_examples') : undefined;
  return Array.isArray(rows) ? { shape: 'rasa-nlu-json', rows, mapping: { text: 'text', label: 'intent' } } : null;
}

/** `{"text": […], "label": […]}`: columns of one length. */
function columnLists(value: JsonRecord): UnwrappedDocument | null {
  const entries = Object.entries(value).filter((entry): entry is [string, Cell[]] => Array.isArray(entry[1]));
  const length = entries[0]?.[1].length ?? 0;
  if (entries.length < 2 || length === 0 || entries.length < Object.keys(value).length) return null;
  if (entries.some(([, list]) => list.length !== length || list.some((cell) => isRecord(cell)))) return null;
  const rows = Array.from({ length }, (_, row) =>
    Object.fromEntries(entries.map(([key, list]) => [key, list[row] ?? null])),
  );
  return { shape: 'column-lists', rows };
}

/** A list of objects under a usual name, or the only one there is. */
function listInside(value: JsonRecord): UnwrappedDocument | null {
  const lists = Object.entries(value).filter(([, list]) => Array.isArray(list) && list.some(isRecord));
  const usual = listKeys.map((key) => lists.find(([name]) => name === key)).find((entry) => entry !== undefined);
  const chosen = usual ?? (lists.length === 1 ? lists[0] : undefined);
  return chosen && Array.isArray(chosen[1]) ? { shape: `list under "${chosen[0]}"`, rows: chosen[1] } : null;
}

/** `{"17": {…}, "18": {…}}`: at least two records of the same keys under their ids. */
function keyedRecords(value: JsonRecord): UnwrappedDocument | null {
  const entries = Object.entries(value);
  if (entries.length < 2 || !entries.every(([, item]) => isRecord(item))) return null;
  const keys = (item: Cell): string => (isRecord(item) ? Object.keys(item).sort().join('\n') : '');
  if (entries.some(([, item]) => keys(item) !== keys(entries[0]![1]))) return null;
  return { shape: 'records by key', rows: entries.map(([key, item]) => ({ key, ...(isRecord(item) ? item : {}) })) };
}
