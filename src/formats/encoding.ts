// Which encoding a text file has, and its text in pieces. Byte order marks first, then zero bytes (UTF-16),
// then valid UTF-8, then what the bytes look like; Western files without a mark end as windows-1252.
import { FormatError } from '../contract/errors';
import type { ByteSource } from './reading';

export interface DetectedEncoding {
  /** A TextDecoder label. */
  label: string;
  bom: boolean;
}

/** Decodes the head of a file and says in which encoding. `whole`: there is nothing after it. */
export async function detectEncoding(head: Uint8Array, whole: boolean): Promise<DetectedEncoding> {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { label: 'utf-8', bom: true };
  if (head[0] === 0xff && head[1] === 0xfe) return { label: 'utf-16le', bom: true };
  if (head[0] === 0xfe && head[1] === 0xff) return { label: 'utf-16be', bom: true };
  const wide = zeroPattern(head);
  if (wide) return { label: wide, bom: false };
  const { valid, broken } = utf8Sequences(head, whole);
  if (broken === 0 || valid > broken) return { label: 'utf-8', bom: false };
  return { label: await guessLegacy(head), bom: false };
}

/** UTF-16 without a mark: nearly every second byte of Western text is zero. */
function zeroPattern(head: Uint8Array): string | null {
  const length = Math.min(head.length, 4096) & ~1;
  if (length < 8) return null;
  let even = 0;
  let odd = 0;
  for (let at = 0; at < length; at += 2) {
    if (head[at] === 0) even++;
    if (head[at + 1] === 0) odd++;
  }
  const pairs = length / 2;
  if (odd > pairs * 0.4 && even < pairs * 0.05) return 'utf-16le';
  return even > pairs * 0.4 && odd < pairs * 0.05 ? 'utf-16be' : null;
}

/** Counts complete multi-byte sequences and bytes that cannot be UTF-8. A sequence cut by the end is neither. */
export function utf8Sequences(bytes: Uint8Array, whole: boolean): { valid: number; broken: number } {
  let valid = 0;
  let broken = 0;
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const more =
      lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : 0;
    let follow = 0;
    while (follow < more && at + 1 + follow < bytes.length && (bytes[at + 1 + follow]! & 0xc0) === 0x80) follow++;
    const second = bytes[at + 1] ?? 0x80;
    const tooLong = (lead === 0xe0 && second < 0xa0) || (lead === 0xf0 && second < 0x90);
    const outside = (lead === 0xed && second > 0x9f) || (lead === 0xf4 && second > 0x8f);
    if (more > 0 && follow === more && !tooLong && !outside) valid++;
    else if (more > 0 && at + 1 + follow === bytes.length && !whole) return { valid, broken };
    else broken++;
    at += 1 + (more > 0 ? follow : 0);
  }
  return { valid, broken };
}

const legacyNames =
  /^(shift_jis|euc-jp|iso-2022-jp|gb2312|gb18030|gbk|big5|euc-kr|windows-125[013578]|koi8-r|iso-8859-[2578]|tis-620)$/i;

async function guessLegacy(head: Uint8Array): Promise<string> {
  const { default: jschardet } = await import('jschardet');
  // The detector takes a binary string: one char a byte.
  const sample = Array.from(head.subarray(0, 65536), (byte) => String.fromCharCode(byte)).join('');
  const guess = jschardet.detect(sample);
  // Short Western texts are often taken for a Central European or Greek code page: ask for certainty.
  if (guess.encoding && guess.confidence > 0.85 && legacyNames.test(guess.encoding)) {
    try {
      return new TextDecoder(guess.encoding).encoding;
    } catch {
      return 'windows-1252';
    }
  }
  return 'windows-1252';
}

export function decoderFor(label: string, fatal = false): TextDecoder {
  try {
    return new TextDecoder(label, { fatal });
  } catch {
    throw new FormatError(`"${label}" is not an encoding this browser knows. Choose utf-8, utf-16le or windows-1252.`);
  }
}

/** The text in pieces; a character is never cut. The byte order mark is left out. */
export async function* decodedText(source: ByteSource, label: string): AsyncGenerator<string> {
  const decoder = decoderFor(label);
  for await (const bytes of source.read()) {
    const text = decoder.decode(bytes, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}
