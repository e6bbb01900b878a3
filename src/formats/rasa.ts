// Rasa training data in YAML (`nlu.yml`): intents with their examples; entity marks are taken out of the text.
import { isAlias, parseDocument } from 'yaml';
import { DatasetError, FormatError, LimitError, UnsupportedError } from '../contract/errors';
import { decodeStrictly } from './json';
import { headOf, isRecord, own, type ByteSource, type JsonRecord, type OpenedFile } from './reading';
import { batchOf, stringOf } from './records';

const largestYaml = 8 * 1024 ** 2;

/** The words of an example without `[word](entity)`, `[word]{"entity": …}` and `[word](entity:value)` marks. */
export function withoutMarks(example: string): string {
  return example.replace(/\[([^\]]+)\](\([^)]*\)|\{[^}]*\})/g, '$1').trim();
}

export async function openRasa(source: ByteSource, encoding: string): Promise<OpenedFile> {
  const { bytes, whole } = await headOf(source, largestYaml);
  if (!whole)
    throw new LimitError(
      `${source.name} is larger than ${String(largestYaml / 1024 ** 2)} MB of YAML. Save it as JSONL or CSV.`,
    );
  const value = parseYaml(decodeStrictly(source.name, bytes, encoding), source.name);
  const nlu = isRecord(value) ? own(value, 'nlu') : undefined;
  if (!Array.isArray(nlu))
    throw new UnsupportedError(
      `${source.name} is YAML but not Rasa training data (no "nlu" list). Save the rows as CSV or JSONL and import that.`,
    );
  const rows = nlu.filter(isRecord).flatMap(examplesOf);
  if (rows.length === 0)
    throw new DatasetError(`${source.name} names no examples of an intent. Add some under "nlu" and import it again.`);
  return {
    path: source.name,
    format: 'yaml',
    shape: 'rasa-nlu',
    encoding,
    mapping: { text: 'text', label: 'intent' },
    async *batches(log) {
      const batch = batchOf(rows, 1, null, log);
      if (batch) yield batch;
      await Promise.resolve();
    },
  };
}

function parseYaml(text: string, name: string): JsonRecord[string] {
  try {
    // Aliases are what YAML bombs are made of, and training data has none.
    const document = parseDocument(text, { merge: false, prettyErrors: true });
    if (document.errors[0]) throw document.errors[0];
    if (document.contents && isAlias(document.contents)) return null;
    return document.toJS({ maxAliasCount: 0 }) as JsonRecord[string];
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new LimitError(`${name} nests too deep to be read. Save it in a simpler form.`);
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new FormatError(`${name} is not valid YAML: ${reason}. Mend it and import it again.`, { cause });
  }
}

/** Synonyms, lookups and regexes also have examples; only intents are rows. */
function examplesOf(item: JsonRecord): JsonRecord[] {
  const intent = stringOf(item, 'intent');
  const examples = own(item, 'examples');
  if (intent === null) return [];
  const texts =
    typeof examples === 'string'
      ? examples.split('\n').map((line) => /^\s*-\s+(.*)$/.exec(line)?.[1] ?? '')
      : Array.isArray(examples)
        ? examples.map((example) =>
            typeof example === 'string' ? example : isRecord(example) ? (stringOf(example, 'text') ?? '') : '',
          )
        : [];
  return texts
    .map(withoutMarks)
    .filter((text) => text !== '')
    .map((text) => ({ text, intent }));
}
