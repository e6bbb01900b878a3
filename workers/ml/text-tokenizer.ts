// Texts to token ids by the maintained library (@huggingface/tokenizers) from a tokenizer.json. Adds what training
// needs around it: flat arrays, truncation as Hugging Face does it, and a memo of whitespace-separated pieces, which
// makes short texts about ten times faster. It decides nothing about words itself. Not a trainer of vocabularies.
import { Tokenizer } from '@huggingface/tokenizers';
import { FormatError } from '../../src/contract/errors';
import type { Tokenized } from './encoder/tokens';
import { asReference } from './tokenizer/as-reference';
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer/files';
import { findFrame, type SpecialFrame } from './tokenizer/frame';
import { IdList } from './tokenizer/id-list';
import { createPieceMemo, piecesAreIndependent } from './tokenizer/piece-memo';

export interface TextTokenizer {
  /**
   * Ids of each text with the special tokens around it, at most `maxLength` of them (no limit unless told). What is too
   * long is cut as Hugging Face cuts it: from the body, on the tokenizer's truncation side, so the closing token stays.
   */
  tokenize(texts: readonly string[], maxLength?: number): Tokenized;
  /** Ids of two texts as one input, with their token type ids; nothing is cut. */
  pair(first: string, second: string): { ids: number[]; types: number[] };
  /** Ids of one text without special tokens. */
  body(text: string): number[];
  /** Special tokens before and after a single text. */
  readonly frame: SpecialFrame;
  /** One more than the largest id, added tokens included: the rows an embedding needs at least. */
  readonly vocabularySize: number;
  readonly truncationSide: 'left' | 'right';
  idOf(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
  /** What it was made from, for models that keep it. */
  readonly files: TokenizerFiles;
  /** The library's own normaliser, which says what stands in a token; null where the tokenizer has none. */
  normalise: ((text: string) => string) | null;
}

/**
 * A tokenizer from the parsed `tokenizer.json` and `tokenizer_config.json` (`{}` where there is none). FormatError says
 * what is wrong with the file.
 */
export function createTokenizer(tokenizerJson: unknown, tokenizerConfig: unknown = {}): TextTokenizer {
  const files = readTokenizerFiles(tokenizerJson, tokenizerConfig);
  const library = open(files);
  const prepare = asReference(files);
  const body = (text: string): number[] => bodyOf(library, prepare(text));
  const frame = findFrame(library);
  const memo = piecesAreIndependent(files)
    ? createPieceMemo({ body, idOf: (token) => library.token_to_id(token) }, files)
    : null;
  const { normalizer } = library;
  const truncationSide = files.config['truncation_side'] === 'left' ? 'left' : 'right';

  return {
    tokenize(texts, maxLength = Infinity) {
      const room = Math.max(0, maxLength - frame.before.length - frame.after.length);
      const list = new IdList(texts.length * 24);
      const offsets = new Int32Array(texts.length + 1);
      let truncated = 0;
      for (let i = 0; i < texts.length; i++) {
        list.push(frame.before);
        const from = list.length;
        if (memo) memo(texts[i]!, list);
        else list.push(body(texts[i]!));
        if (list.length - from > room) {
          list.cut(from, room, truncationSide);
          truncated++;
        }
        list.push(frame.after);
        offsets[i + 1] = list.length;
      }
      return { ids: list.toArray(), offsets, truncated };
    },
    pair(first, second) {
      const [one, two] = [prepare(first), prepare(second)];
      const { ids, token_type_ids: types } = library.encode(one, { text_pair: two, return_token_type_ids: true });
      if (types?.length === ids.length) return { ids, types };
      // A post-processor that adds nothing (byte-level) loses the second text in the library.
      const both = [...body(first), ...body(second)];
      return { ids: both, types: both.map(() => 0) };
    },
    body,
    frame,
    vocabularySize: files.vocabularySize,
    truncationSide,
    idOf: (token) => library.token_to_id(token),
    tokenOf: (id) => library.id_to_token(id),
    files,
    normalise: normalizer && ((text) => normalizer.normalize(text)),
  };
}

function open({ tokenizer, config }: TokenizerFiles): Tokenizer {
  try {
    return new Tokenizer(tokenizer, config);
  } catch (error) {
    throw new FormatError(
      `tokenizer.json cannot be used: ${error instanceof Error ? error.message : String(error)}. Take the one of the original model.`,
      { cause: error },
    );
  }
}

function bodyOf(library: Tokenizer, text: string): number[] {
  const { ids, tokens } = library.encode(text, { add_special_tokens: false });
  for (let i = 0; i < ids.length; i++)
    if (!Number.isInteger(ids[i]))
      throw new FormatError(
        `tokenizer.json has no id for "${tokens[i]}" and names no unknown token. Take the tokenizer of the original model.`,
      );
  return ids;
}
