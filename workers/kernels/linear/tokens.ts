// How texts fall into symbols, as scikit-learn's vectorisers read them: Python's word characters, white space and
// lower-casing. Not a tokenizer for language models. Positions are UTF-16 offsets into the text given.

/** Python's str.isspace, which differs from JavaScript's \s by U+001C-1F, U+0085 and U+FEFF. */
const pythonSpace = new Set([
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003,
  0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
]);
/** Letters, numbers and the underscore: Python's \w, code point by code point the same under one Unicode version. */
const wordPattern = /[\p{L}\p{N}_]/u;

const WORD = 1;
const SPACE = 2;
const asciiKind = Uint8Array.from({ length: 128 }, (_, code) => classify(code));
const otherKinds = new Map<number, number>();

function classify(codePoint: number): number {
  if (pythonSpace.has(codePoint)) return SPACE;
  return wordPattern.test(String.fromCodePoint(codePoint)) ? WORD : 0;
}

function kindOf(codePoint: number): number {
  if (codePoint < 128) return asciiKind[codePoint]!;
  let kind = otherKinds.get(codePoint);
  if (kind === undefined) otherKinds.set(codePoint, (kind = classify(codePoint)));
  return kind;
}

/** Where the symbols of one text begin and end; reused from text to text. */
export interface Spans {
  starts: number[];
  ends: number[];
  length: number;
}
export const emptySpans = (): Spans => ({ starts: [], ends: [], length: 0 });

/** `(?u)\b\w\w+\b`: runs of two and more word characters (code points, so one astral letter is no word). */
export function findWords(text: string, spans: Spans): void {
  spans.length = 0;
  const { length } = text;
  let at = 0;
  while (at < length) {
    let code = text.codePointAt(at)!;
    let width = code > 0xffff ? 2 : 1;
    if (kindOf(code) !== WORD) {
      at += width;
      continue;
    }
    const start = at;
    let letters = 0;
    do {
      letters++;
      at += width;
      if (at >= length) break;
      code = text.codePointAt(at)!;
      width = code > 0xffff ? 2 : 1;
    } while (kindOf(code) === WORD);
    if (letters < 2) continue;
    spans.starts[spans.length] = start;
    spans.ends[spans.length++] = at;
  }
}

/** Python's str.split(): maximal runs of anything but white space. */
export function findChunks(text: string, spans: Spans): void {
  spans.length = 0;
  const { length } = text;
  let start = -1;
  let at = 0;
  while (at < length) {
    const code = text.codePointAt(at)!;
    const isSpace = kindOf(code) === SPACE;
    if (isSpace && start >= 0) {
      spans.starts[spans.length] = start;
      spans.ends[spans.length++] = at;
      start = -1;
    } else if (!isSpace && start < 0) start = at;
    at += code > 0xffff ? 2 : 1;
  }
  if (start < 0) return;
  spans.starts[spans.length] = start;
  spans.ends[spans.length++] = length;
}

/**
 * For each UTF-16 offset of `text.toLowerCase()`, and one past its end, the offset in `text` it came from; null
 * where lower-casing moved nothing. (U+0130 becomes two characters; the final sigma keeps its length.)
 */
export function lowerOffsets(text: string): Int32Array | null {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return null;
  const offsets = new Int32Array(lower.length + 1).fill(text.length);
  let from = 0;
  let to = 0;
  for (const letter of text) {
    const { length } = letter.toLowerCase();
    for (let i = 0; i < length && to < lower.length; i++) offsets[to++] = from;
    from += letter.length;
  }
  return offsets;
}

/** scikit-learn's strip_accents='unicode': decompose, drop the combining marks. */
export function stripAccents(text: string): string {
  return text.normalize('NFKD').replace(/\p{Mn}/gu, '');
}

/** Orders strings by code point, as Python sorts them; JavaScript's own order is by UTF-16 unit. */
export function sortByCodePoint(terms: string[]): string[] {
  const hasSurrogates = terms.some((term) => /[\ud800-\udfff]/.test(term));
  return hasSurrogates ? terms.sort(compareCodePoints) : terms.sort();
}

export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // Surrogates stand for code points above U+FFFF, so they come after U+E000-FFFF.
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
