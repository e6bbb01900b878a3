// Encodings are found from the bytes, and what cannot be text is said to be none.
import { describe, expect, it } from 'vitest';
import { detectEncoding, utf8Sequences } from './encoding';
import { openFile } from './open';

const latin = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const label = async (bytes: Uint8Array): Promise<string> => (await detectEncoding(bytes, true)).label;

describe('encoding', () => {
  it('is found', async () => {
    expect(await label(new TextEncoder().encode('Größe 東京'))).toBe('utf-8');
    expect(await label(Uint8Array.of(0xef, 0xbb, 0xbf, 97))).toBe('utf-8');
    expect(await label(Uint8Array.of(0xff, 0xfe, 97, 0))).toBe('utf-16le');
    const wide = Uint8Array.from([...'text,label\nhi,a\n'].flatMap((char) => [char.charCodeAt(0), 0]));
    expect(await label(wide)).toBe('utf-16le');
    expect(await label(latin('Cit\u00e9, Se\u00f1or, \u00c6nima, Mis\u00e9rables, Les (1995)'))).toBe('windows-1252');
    const sjis = Uint8Array.of(
      0x93,
      0xfa,
      0x96,
      0x7b,
      0x8c,
      0xea,
      0x82,
      0xcc,
      0x83,
      0x65,
      0x83,
      0x4c,
      0x83,
      0x58,
      0x83,
      0x67,
      0x82,
      0xc5,
      0x82,
      0xb7,
    );
    expect(['shift_jis', 'windows-1252']).toContain(await label(sjis));
  });

  it('counts sequences, and leaves one that the end cuts out of it', () => {
    const bytes = new TextEncoder().encode('aé東🚂');
    expect(utf8Sequences(bytes, true)).toEqual({ valid: 3, broken: 0 });
    expect(utf8Sequences(bytes.subarray(0, -1), false)).toEqual({ valid: 2, broken: 0 });
    expect(utf8Sequences(Uint8Array.of(0xc0, 0x80, 0xed, 0xa0, 0x80), true).valid).toBe(0);
  });
});

describe('what is not read', () => {
  const refusal = async (bytes: Uint8Array, name: string): Promise<string | undefined> =>
    (await openFile(new File([bytes as BlobPart], name), {})).refusal?.name;
  it('is refused by name', async () => {
    expect(await refusal(latin('PAR1....PAR1'), 'x.bin')).toBe('UnsupportedError');
    expect(await refusal(latin('%PDF-1.7'), 'x')).toBe('UnsupportedError');
    expect(await refusal(latin('anything'), 'x.msgpack')).toBe('UnsupportedError');
    expect(
      await refusal(
        Uint8Array.from({ length: 400 }, (_, at) => at % 7),
        'x.txt',
      ),
    ).toBe('FormatError');
    expect(await refusal(latin('{"a": 1'), 'x.json')).toBe('FormatError');
    expect(await refusal(latin(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), 'x.json')).toBe('LimitError');
    expect(await refusal(latin('[]'), 'x.json')).toBe('DatasetError');
    expect(await refusal(latin('a: &x [1]\nb: *x\n'), 'x.yml')).toMatch(/UnsupportedError|FormatError/);
  });
});
