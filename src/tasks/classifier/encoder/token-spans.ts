// Where the tokens of a text lie in it, for highlighting: each token is looked for behind the one before, in the text as the
// tokenizer normalises it. A token that cannot be found (an unknown word, a byte) has no place and shows nowhere.
import type { TextTokenizer } from '../../../../workers/ml/text-tokenizer';

/** In UTF-16 units of the text; null where it was not found. */
export type Span = { start: number; end: number } | null;

/** Characters that may lie between two tokens of a text. */
const farthest = 80;

/** One a token of `ids`, special ones included. */
export function tokenSpans(
  tokenizer: Pick<TextTokenizer, 'tokenOf' | 'normalise'>,
  text: string,
  ids: ArrayLike<number>,
): Span[] {
  const { plain, origin } = normalised(tokenizer, text);
  let cursor = 0;
  return Array.from(ids, (id) => {
    const piece = (tokenizer.tokenOf(id) ?? '').replace(/^##|^[Ġ▁]+|<\/w>$/gu, '');
    const at = piece === '' ? -1 : plain.indexOf(piece, cursor);
    if (at === -1 || at > cursor + farthest) return null;
    cursor = at + piece.length;
    return { start: origin[at]!, end: origin[cursor]! };
  });
}

/** The text character by character through the normaliser, and where each unit of that comes from (with the end of the text). */
function normalised(
  { normalise }: Pick<TextTokenizer, 'normalise'>,
  text: string,
): { plain: string; origin: number[] } {
  let plain = '';
  const origin: number[] = [];
  let at = 0;
  for (const character of text) {
    const blank = /\s/u.test(character);
    const made = blank || !normalise ? character : normalise(character);
    for (let i = 0; i < made.length; i++) origin.push(at);
    plain += made;
    at += character.length;
  }
  return { plain, origin: [...origin, at] };
}

/** Parts of one word as one entry with the sum of their weights. */
export function mergeParts(
  text: string,
  spans: readonly Span[],
  weights: ArrayLike<number>,
): { term: string; start: number; end: number; weight: number }[] {
  const found: { term: string; start: number; end: number; weight: number }[] = [];
  const inWord = (at: number): boolean => /[\p{L}\p{N}\p{M}]/u.test(text.charAt(at));
  spans.forEach((span, i) => {
    if (!span) return;
    const last = found.at(-1);
    if (last && last.end === span.start && inWord(span.start) && inWord(span.start - 1)) {
      last.end = span.end;
      last.weight += weights[i]!;
    } else found.push({ term: '', ...span, weight: weights[i]! });
  });
  return found.map((entry) => ({ ...entry, term: text.slice(entry.start, entry.end) }));
}
