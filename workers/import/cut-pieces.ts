// Where a stream of bytes can be cut so that each piece ends after a whole record: after a line end with an even number
// of quotes since the last cut. Files with loose quotes can fool this; who reads the piece notices.

const quote = 0x22;
const lineEnd = 0x0a;

export interface CutPiece {
  bytes: Uint8Array;
  last: boolean;
}

/** @param quotes false where quotes are plain text, or for JSONL, where a line is a record */
export async function* cutPieces(source: AsyncIterable<Uint8Array>, quotes: boolean): AsyncGenerator<CutPiece> {
  let rest = new Uint8Array(0);
  for await (const bytes of source) {
    const joined = rest.byteLength > 0 ? concat(rest, bytes) : bytes;
    const cut = cutPoint(joined, quotes);
    if (cut > 0) yield { bytes: joined.subarray(0, cut), last: false };
    rest = joined.slice(cut);
  }
  if (rest.byteLength > 0) yield { bytes: rest, last: true };
}

/** The place after the last line end that stands outside quotes; 0 where there is none. */
export function cutPoint(bytes: Uint8Array, quotes: boolean): number {
  if (!quotes) return bytes.lastIndexOf(lineEnd) + 1;
  let open = 0;
  for (let at = bytes.indexOf(quote); at >= 0; at = bytes.indexOf(quote, at + 1)) open ^= 1;
  let end = bytes.byteLength;
  for (;;) {
    const newline = end > 0 ? bytes.lastIndexOf(lineEnd, end - 1) : -1;
    if (newline < 0) return 0;
    for (let at = newline + 1; at < end; at++) if (bytes[at] === quote) open ^= 1;
    if (open === 0) return newline + 1;
    end = newline;
  }
}

export function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.byteLength + b.byteLength);
  joined.set(a);
  joined.set(b, a.byteLength);
  return joined;
}
