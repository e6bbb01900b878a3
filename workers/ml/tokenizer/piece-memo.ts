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

/** A reader over `body`, which gives the ids of any text without special tokens. */
export function createPieceMemo(body: (text: string) => readonly number[]): PieceReader {
  const known = new Map<string, readonly number[]>();
  const read = (piece: string): readonly number[] => {
    const found = known.get(piece);
    if (found) return found;
    const ids = body(piece);
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

/** Only the blanks that every normaliser leaves blank; wider ones stay inside a piece, where the library sees them. */
function isBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13;
}

function typeOf(part: unknown): unknown {
  return typeof part === 'object' && part !== null && 'type' in part ? part.type : undefined;
}
