// Two places where the JavaScript library departs from the reference (Rust) library, mended in the text before it is
// read: lower-casing goes character by character there, so a final sigma stays a plain one, and ideographs beyond the
// basic plane stand alone, too. Found with the recorded ids of all-MiniLM-L6-v2 and in both libraries' sources (0.2.0).
import type { TokenizerFiles } from './files';

/** What to hand to the library for a text; half a surrogate pair is no character, and the reference cannot receive one. */
export function asReference({ tokenizer }: TokenizerFiles): (text: string) => string {
  const parts = normalisers(tokenizer['normalizer']);
  const lowers = parts.some(({ type, lowercase }) => type === 'Lowercase' || (type === 'BertNormalizer' && lowercase));
  const spaces = parts.some(({ type, handle_chinese_chars: on }) => type === 'BertNormalizer' && on);
  return (text) => {
    const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
    const lowered = lowers ? whole.replaceAll('\u03a3', '\u03c3') : whole;
    return spaces ? lowered.replace(highIdeograph, ' $& ') : lowered;
  };
}

const highIdeograph =
  /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

type Part = Record<string, unknown>;

function normalisers(part: unknown): Part[] {
  if (typeof part !== 'object' || part === null) return [];
  const { normalizers } = part as Part;
  return Array.isArray(normalizers) ? normalizers.flatMap(normalisers) : [part as Part];
}
