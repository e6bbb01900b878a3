// The two files of a tokenizer, made what the library expects: parts that older files leave out are there as null, and
// an unknown token that only the model part names is told in the configuration, too. Nothing is invented.
import { FormatError } from '../../../src/contract/errors';

type JsonObject = Record<string, unknown>;

export interface TokenizerFiles {
  /** tokenizer.json with all of its parts. */
  tokenizer: JsonObject & { model: JsonObject; added_tokens: JsonObject[] };
  /** tokenizer_config.json. */
  config: JsonObject;
  /** One more than the largest id, added tokens included. */
  vocabularySize: number;
}

/** The largest vocabularies in use have 260,000 entries. */
const mostEntries = 4_000_000;

/** FormatError where a part is missing that nothing can stand for. */
export function readTokenizerFiles(tokenizerJson: unknown, tokenizerConfig: unknown): TokenizerFiles {
  if (!isObject(tokenizerJson)) throw refused('it is not a JSON object');
  const { model, added_tokens: added = [] } = tokenizerJson;
  if (!isObject(model)) throw refused('it has no "model"');
  if (typeof model['vocab'] !== 'object' || model['vocab'] === null) throw refused('its model has no "vocab"');
  if (!Array.isArray(added) || !added.every(isToken)) throw refused('its "added_tokens" are not a list of tokens');
  const vocabularySize = 1 + added.reduce((most, { id }) => Math.max(most, Number(id)), largestId(model['vocab']));
  if (vocabularySize > mostEntries) throw refused(`its largest id is ${vocabularySize - 1}`);
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  const given = isObject(tokenizerConfig) ? tokenizerConfig : {};
  const unknown = model['unk_token'];
  const config = typeof unknown === 'string' && !('unk_token' in given) ? { ...given, unk_token: unknown } : given;
  return { tokenizer: { ...parts, ...tokenizerJson, model, added_tokens: added }, config, vocabularySize };
}

/** Ids are places in a list (Unigram) or the values of an object. */
function largestId(vocab: object): number {
  if (Array.isArray(vocab)) return vocab.length - 1;
  let most = -1;
  for (const [token, id] of Object.entries(vocab)) {
    if (!Number.isInteger(id) || id < 0) throw refused(`the id of "${token}" is ${JSON.stringify(id)}`);
    most = Math.max(most, id);
  }
  return most;
}

function isToken(value: unknown): value is JsonObject {
  return (
    isObject(value) && typeof value['content'] === 'string' && Number.isInteger(value['id']) && Number(value['id']) >= 0
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(what: string): FormatError {
  return new FormatError(`tokenizer.json cannot be used: ${what}. Take the one of the original model.`);
}
