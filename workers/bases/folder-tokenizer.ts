// The tokenizer of a folder: tokenizer.json, or made from the older vocab.txt. Others are refused with the line of Python
// that makes a tokenizer.json.
import { FormatError, UnsupportedError } from '../../src/contract/errors';
import { createTokenizer, type TextTokenizer } from '../ml/text-tokenizer';
import { madeFile, type FolderFile } from './folder-files';
import { readJson, readObject, readText, type JsonObject } from './folder-json';
import { tokenizerFromVocabulary } from './vocab-tokenizer';

export interface FolderTokenizer {
  tokenizer: TextTokenizer;
  /** tokenizer_config.json; empty where there is none. */
  settings: JsonObject;
  /** tokenizer.json among them, also where it was made here. */
  files: FolderFile[];
}

const advice =
  'In Python: from transformers import AutoTokenizer; AutoTokenizer.from_pretrained("folder").save_pretrained("folder")';

/** FormatError where there is none, UnsupportedError where it is of a kind that is not read. */
export async function readFolderTokenizer(
  files: ReadonlyMap<string, FolderFile>,
  root: string,
  modelType: string,
): Promise<FolderTokenizer> {
  const at = (name: string): FolderFile | undefined => files.get(root + name) ?? files.get(name);
  const settingsFile = at('tokenizer_config.json');
  const settings = (await readObject(settingsFile)) ?? {};
  const besides = [settingsFile, at('special_tokens_map.json')].filter((file) => file !== undefined);
  const whole = at('tokenizer.json');
  if (whole) {
    const tokenizer = createTokenizer(await readJson(whole), settings);
    return { tokenizer, settings, files: [whole, ...besides] };
  }
  const vocabulary = at('vocab.txt');
  if (vocabulary) {
    const content = tokenizerFromVocabulary(await readText(vocabulary), modelType, settings);
    const tokenizer = createTokenizer(content, settings);
    const made = madeFile(`${root}tokenizer.json`, new TextEncoder().encode(JSON.stringify(content)));
    return { tokenizer, settings, files: [made, ...besides] };
  }
  const older = ['vocab.json', 'merges.txt', 'sentencepiece.bpe.model', 'spiece.model', 'tokenizer.model'].find(at);
  if (older)
    throw new UnsupportedError(
      `This folder has its tokenizer as ${older} only, without tokenizer.json. Make that file once. ${advice}`,
    );
  throw new FormatError(
    `This folder has no tokenizer: ${root}tokenizer.json (or vocab.txt) is missing, so texts cannot be read with it. Add the file, too.`,
  );
}
