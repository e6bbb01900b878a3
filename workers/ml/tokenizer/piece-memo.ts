// Remembers what the library made of each whitespace-separated piece of text. Sound only for BERT-style tokenizers, where
// nothing reaches across a blank: the normaliser keeps blanks (final sigma and combining marks stop at them), the splitter
// drops them and word-pieces stay inside a word. `piecesAreIndependent` is the proof obligation; all else goes whole.
import type { IdList } from './id-list';
import type { TokenizerFiles } from './files';

const mostPieces = 100_000;
/** Longer ones are hardly ever seen twice. */
const longestPiece = 48;

/** Appends the ids of a text's pieces to a list. */
export type PieceReader = (text: string, to: IdList) => void;

/** Whether the ids of a text are the ids of its pieces in turn. */
export function piecesAreIndependent({ tokenizer, config }: TokenizerFiles): boolean {
  return (
    typeOf(tokenizer['normalizer']) === 'BertNormalizer' &&
    typeOf(tokenizer['pre_tokenizer']) === 'BertPreTokenizer' &&
    typeOf(tokenizer.model) === 'WordPiece' &&
    !tokenizer.model['fuse_unk'] &&
    config['remove_space'] !== true &&
    !config['do_lowercase_and_remove_accent'] &&
    // A token with a blank in it, or one that is looked for after ideographs got blanks around them, spans pieces.
    tokenizer.added_tokens.every(
      ({ content, normalized, special }) => !/\s/.test(String(content)) && !(normalized ?? !special),
    )
  );
}

/** What a piece is made of: `body` gives the ids of any text without special tokens, `idOf` that of a token. */
export interface PieceSource {
  body(text: string): readonly number[];
  idOf(token: string): number | undefined;
}

/** A reader that asks its source once for each piece, and not for words that are tokens as they stand (`plainPieces`). */
export function createPieceMemo(source: PieceSource, files: TokenizerFiles): PieceReader {
  const known = new Map<string, readonly number[]>();
  const plain = plainPieces(source, files);
  const read = (piece: string): readonly number[] => {
    const found = known.get(piece);
    if (found) return found;
    const ids = plain?.(piece) ?? source.body(piece);
    if (piece.length <= longestPiece) {
      if (known.size >= mostPieces) known.clear();
      known.set(piece, ids);
    }
    return ids;
  };
  return (text, to) => {
    let start = 0;
    for (let i = 0; i <= text.length; i++) {
      if (i < text.length && !isBlank(text.charCodeAt(i))) continue;
      if (i > start) to.push(read(text.slice(start, i)));
      start = i + 1;
    }
  };
}

const words = { lowered: /^([a-z0-9]+)([.,!?;:]*)$/, any: /^([A-Za-z0-9]+)([.,!?;:]*)$/ };

/**
 * Ids of a piece of plain ASCII letters with marks behind it, where the vocabulary has them: the normaliser only lower-cases
 * such a word, the splitter sets each mark apart, and the longest match from its start is the word itself. Null for all else.
 * It halves the time of texts that are new. Null as a whole where a token of its own could stand in such a piece.
 */
function plainPieces(
  { idOf }: PieceSource,
  { tokenizer }: TokenizerFiles,
): ((piece: string) => number[] | null) | null {
  if (tokenizer.added_tokens.some(({ content }) => /^[a-z0-9.,!?;:]*$/i.test(String(content)))) return null;
  const { normalizer } = tokenizer;
  const lowers =
    typeof normalizer === 'object' && normalizer !== null && 'lowercase' in normalizer && normalizer.lowercase === true;
  const longest = Number(tokenizer.model['max_input_chars_per_word'] ?? 100);
  return (piece) => {
    const [, letters = '', marks = ''] = (lowers ? words.any : words.lowered).exec(piece) ?? [];
    if (letters === '' || letters.length > longest) return null;
    const ids: number[] = [];
    for (const part of [letters.toLowerCase(), ...marks]) {
      const id = idOf(part);
      if (id === undefined) return null;
      ids.push(id);
    }
    return ids;
  };
}

/** Only the blanks that every normaliser leaves blank; wider ones stay inside a piece, where the library sees them. */
function isBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13;
}

function typeOf(part: unknown): unknown {
  return typeof part === 'object' && part !== null && 'type' in part ? part.type : undefined;
}
