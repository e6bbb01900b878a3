// Names of classes from a label_map.json beside the model, as older folders have it where config.json says LABEL_0 only.
import { FormatError } from '../../src/contract/errors';
import { isObject } from './folder-json';

/**
 * Labels in the order of the logits. Read are {"0": "name"}, {"name": 0}, ["name"], and any of these under "id2label",
 * "label2id" or "labels". FormatError where the numbers are not 0, 1, 2 … each once.
 */
export function readLabelMap(content: unknown): string[] {
  const inner = isObject(content) ? (content['id2label'] ?? content['label2id'] ?? content['labels']) : undefined;
  const map = inner ?? content;
  if (Array.isArray(map)) {
    if (map.length > 0 && map.every((label) => typeof label === 'string')) return map;
    throw refused('it is a list, but not of names');
  }
  if (!isObject(map) || Object.keys(map).length === 0) throw refused('it maps nothing');
  const labels = new Map<number, string>();
  for (const [key, value] of Object.entries(map)) {
    const [number, label] = typeof value === 'string' ? [Number(key), value] : [Number(value), key];
    if (!Number.isSafeInteger(number)) throw refused(`"${key}" has no whole number`);
    labels.set(number, label);
  }
  return Array.from({ length: Object.keys(map).length }, (_, i) => {
    const label = labels.get(i);
    if (label === undefined) throw refused(`there is no name for class ${i}`);
    return label;
  });
}

/** Whether a config's labels are the ones that transformers makes up. */
export function areMadeUp(labels: readonly string[]): boolean {
  return labels.every((label, i) => label === `LABEL_${i}`);
}

function refused(what: string): FormatError {
  return new FormatError(
    `label_map.json is no list of labels: ${what}. Give it as {"0": "first label", "1": "second label"}, or leave it away.`,
  );
}
