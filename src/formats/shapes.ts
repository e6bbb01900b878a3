// Shapes of JSON records as tools write them, most particular first. The first record of a file decides.
import type { Cell } from '../contract/records';
import { labelStudio } from './label-studio';
import { isRecord, own, type JsonRecord } from './reading';
import { stringOf, type RecordShape } from './records';

const asIs = (record: JsonRecord): JsonRecord => record;
const hasText = (record: JsonRecord): boolean => stringOf(record, 'text') !== null;
const isNumberMap = (value: Cell | undefined): value is { [key: string]: number } =>
  isRecord(value) && Object.values(value).every((item) => typeof item === 'number' || typeof item === 'boolean');

/** spaCy: every category with its score; at least .5 counts. All zero is a label set without labels. */
const spacy: RecordShape = {
  id: 'spacy-textcat',
  task: 'classifier',
  mapping: { text: 'text', labels: 'cats' },
  matches: (first) => hasText(first) && isNumberMap(own(first, 'cats')),
  row(record, number, log) {
    const cats = own(record, 'cats');
    if (cats === undefined || cats === null) return record;
    if (!isNumberMap(cats)) {
      log.refuse(number, 'its "cats" is not a list of categories with scores');
      return null;
    }
    const labels = Object.entries(cats).filter(([, score]) => Number(score) >= 0.5);
    return { ...record, cats: labels.map(([label]) => label) };
  },
};

/** Prodigy: `answer` says what the annotator decided. Rejected and ignored rows have no label. */
const prodigy: RecordShape = {
  id: 'prodigy',
  mapping: { text: 'text' },
  matches: (first) => hasText(first) && ['accept', 'reject', 'ignore'].includes(stringOf(first, 'answer') ?? ''),
  row(record, number, log) {
    const row: JsonRecord = Object.fromEntries(Object.entries(record).filter(([key]) => !key.startsWith('_')));
    const answer = stringOf(record, 'answer');
    const accept = own(record, 'accept');
    if (Array.isArray(accept)) row['labels'] = answer === 'accept' ? accept : null;
    delete row['accept'];
    delete row['options'];
    if (answer === 'accept') return row;
    if (answer === 'reject')
      log.warn(
        'rejected-answer',
        'were rejected by the annotator: the text is not that label. They are kept without a label',
        number,
      );
    else log.warn('ignored-answer', 'were ignored by the annotator. They are kept without a label', number);
    const label = own(row, 'label');
    if (label !== undefined) {
      row['label'] = null;
      if (answer === 'reject') row['rejected'] = label;
    }
    return row;
  },
};

function turnsOf(record: JsonRecord, key: string): JsonRecord[] {
  const turns = own(record, key);
  return Array.isArray(turns) ? turns.filter(isRecord) : [];
}

const answers = new Set(['assistant', 'gpt', 'model', 'bot', 'chatgpt']);

function chat(id: string, key: string, role: string, content: string): RecordShape {
  return {
    id,
    task: 'language-model',
    mapping: { messages: key },
    matches: (first) =>
      turnsOf(first, key).some((turn) => stringOf(turn, role) !== null && Object.hasOwn(turn, content)),
    row(record, number, log) {
      const turns = turnsOf(record, key);
      if (turns.length === 0) {
        log.refuse(number, `it has no turns under "${key}"`);
        return null;
      }
      if (!turns.some((turn) => answers.has(stringOf(turn, role) ?? '')))
        log.warn('no-answer', 'are conversations without an answer: there is nothing to learn from them', number);
      if (turns.some((turn) => Array.isArray(own(turn, content)) && JSON.stringify(turn[content]).includes('image')))
        log.warn('image-turn', 'have a picture, which a text model cannot read', number);
      return record;
    },
  };
}

const bge: RecordShape = {
  id: 'query-pos-neg',
  task: 'embedding',
  mapping: { anchor: 'query', positive: 'pos', negative: 'neg' },
  matches: (first) => stringOf(first, 'query') !== null && Array.isArray(own(first, 'pos')),
  row(record, number, log) {
    const negative = own(record, 'neg');
    if (Array.isArray(negative) && negative.length === 0)
      log.warn('no-negative', 'have no negative: others of the batch serve', number);
    return record;
  },
};

const alpaca: RecordShape = {
  id: 'instruction',
  task: 'language-model',
  mapping: { instruction: 'instruction', input: 'input', output: 'output' },
  matches: (first) => stringOf(first, 'instruction') !== null && Object.hasOwn(first, 'output'),
  row: asIs,
};

const taxonomy: RecordShape = {
  id: 'taxonomy-samples',
  task: 'classifier',
  mapping: { text: 'text', labels: 'taxonomy_codes', confidence: 'confidence' },
  matches: (first) => hasText(first) && Array.isArray(own(first, 'taxonomy_codes')),
  row: asIs,
};

const interactions: RecordShape = {
  id: 'interactions',
  task: 'recommender',
  mapping: {
    user: 'user_id',
    item: 'item_id',
    timestamp: 'timestamp',
    type: 'interaction_type',
    rating: 'implicit_rating',
  },
  matches: (first) => Object.hasOwn(first, 'user_id') && Object.hasOwn(first, 'item_id'),
  row: asIs,
};

/** Rasa's older JSON and LUIS: entities are marks in the text, not columns a task reads. */
const utterances: RecordShape = {
  id: 'utterances',
  mapping: { text: 'text', label: 'intent' },
  matches: (first) => hasText(first) && stringOf(first, 'intent') !== null && Array.isArray(own(first, 'entities')),
  row: ({ text, intent }) => ({ text: text ?? null, intent: intent ?? null }),
};

const pairs: RecordShape = {
  id: 'anchor-positive',
  task: 'embedding',
  mapping: { anchor: 'anchor', positive: 'positive', negative: 'negative' },
  matches: (first) => Object.hasOwn(first, 'anchor') && Object.hasOwn(first, 'positive'),
  row: asIs,
};

const shapes: readonly RecordShape[] = [
  labelStudio,
  prodigy,
  spacy,
  chat('openai-chat', 'messages', 'role', 'content'),
  chat('sharegpt', 'conversations', 'from', 'value'),
  chat('sharegpt-conversation', 'conversation', 'from', 'value'),
  bge,
  alpaca,
  taxonomy,
  interactions,
  utterances,
  pairs,
];

export function recogniseRecords(first: unknown): RecordShape | null {
  return isRecord(first) ? (shapes.find((shape) => shape.matches(first)) ?? null) : null;
}

/** The shape of an id, for a thread that was told which one it is. */
export function shapeById(id: string | null): RecordShape | null {
  return shapes.find((shape) => shape.id === id) ?? null;
}
