// A Dialogflow ES agent: phrases lie in `intents/<name>_usersays_<language>.json`, in pieces to be joined.
import { decodeStrictly, parseJson } from './json';
import { headOf, isRecord, own, type ByteSource, type JsonRecord, type OpenedFile } from './reading';
import { batchOf, stringOf } from './records';

const phrases = /(?:^|\/)intents\/(.+)_usersays_([a-z]{2}(?:-[a-z]{2,4})?)\.json$/i;
const largest = 32 * 1024 ** 2;

export function isDialogflow(paths: readonly string[]): boolean {
  return paths.some((path) => phrases.test(path)) && paths.some((path) => /(^|\/)agent\.json$/.test(path));
}

export function openDialogflow(archive: string, entries: readonly ByteSource[]): OpenedFile {
  return {
    path: archive,
    format: 'zip',
    shape: 'dialogflow-es',
    compression: 'zip',
    mapping: { text: 'text', label: 'intent' },
    async *batches(log) {
      let row = 1;
      for (const entry of entries) {
        const match = phrases.exec(entry.name);
        if (!match) continue;
        const { bytes } = await headOf(entry, largest);
        const value = parseJson(decodeStrictly(entry.name, bytes, 'utf-8'), entry.name);
        const rows = Array.isArray(value)
          ? value.filter(isRecord).map((item) => ({ text: textOf(item), intent: match[1]!, lang: match[2]! }))
          : [];
        const batch = batchOf(rows, row, null, log);
        row += rows.length;
        if (batch) yield batch;
      }
    },
  };
}

function textOf(item: JsonRecord): string {
  const parts = own(item, 'data');
  return Array.isArray(parts)
    ? parts
        .filter(isRecord)
        .map((part) => stringOf(part, 'text') ?? '')
        .join('')
    : '';
}
