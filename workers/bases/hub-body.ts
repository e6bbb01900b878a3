// Reads one answer's body into the store, in blocks that are safe once written. Knows how many bytes to expect and
// when a connection has fallen silent; what is done about it is hub-download's affair.
import { FormatError, LimitError } from '../../src/contract/errors';
import type { HubFile } from '../../src/contract/hub';
import type { Sha256 } from '../../src/lib/sha256';
import { Interrupted, looksLikeWebPage, webPage } from './hub-answers';
import type { PartStore } from './hub-parts';
import { nextPiece } from './hub-reading';

/** A block is written when it is so large, or when so much time has gone by: what a closed tab loses at most. */
const blockBytes = 4 << 20;
const blockMs = 1000;
/** Of a file whose size the host does not say: no end would fill the disk. Texts; weights. */
const mostUnsaidBytes = { text: 128 * 1024 ** 2, weights: 4 * 1024 ** 3 };

export interface BodySink {
  host: string;
  file: HubFile;
  /** Bytes kept from before; the body begins there. */
  from: number;
  etag: string | null;
  parts: PartStore;
  /** Grows with every byte. */
  hash: Sha256;
  signal: AbortSignal;
  /** Silence for so long ends the connection. */
  stallMs: number;
  onBytes: (bytes: number) => void;
}

const keptWords = 'What came is kept; the download goes on from there.';

/** Resolves when the body has ended and everything is kept. Rejects with Interrupted where the rest can be fetched later. */
export async function storeBody(response: Response, sink: BodySink): Promise<void> {
  const { file, host, signal } = sink;
  if (!response.body) throw new Interrupted(`${host} sent nothing for ${file.path}. Try again.`);
  const reader = response.body.getReader();
  const block = new Uint8Array(blockBytes);
  let filled = 0;
  let total = sink.from;
  let writtenAt = performance.now();
  const most = file.bytes ?? mostUnsaidBytes[/\.(safetensors|onnx)$/.test(file.path) ? 'weights' : 'text'];
  const ask = { host, what: file.path, signal, stallMs: sink.stallMs, after: keptWords };
  const flush = async () => {
    if (filled === 0) return;
    const written = block.slice(0, filled);
    filled = 0;
    await sink.parts.append(file.path, written, sink.etag);
    writtenAt = performance.now();
  };
  try {
    for (;;) {
      const piece = await nextPiece(reader, ask);
      if (!piece) break;
      if (total === 0) refuseOtherThings(piece, file, host);
      total += piece.length;
      if (total > most) throw tooMuch(sink, most);
      sink.hash.update(piece);
      for (let at = 0; at < piece.length;) {
        const taken = Math.min(blockBytes - filled, piece.length - at);
        block.set(piece.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (filled === blockBytes) await flush();
      }
      if (performance.now() - writtenAt > blockMs) await flush();
      sink.onBytes(total);
    }
    await flush();
  } catch (error) {
    reader.cancel().catch(() => undefined);
    // What came before the cut is worth keeping; where even that fails, the first error is the one to tell.
    if (error instanceof Interrupted || signal.aborted) await flush().catch(() => undefined);
    throw error;
  }
  if (file.bytes !== null && total < file.bytes)
    throw new Interrupted(
      `${host} ended the connection after ${total.toLocaleString('en-GB')} of ${file.bytes.toLocaleString('en-GB')} bytes of ${file.path}. ${keptWords}`,
    );
}

function tooMuch({ host, file }: BodySink, most: number): Error {
  const bytes = `${most.toLocaleString('en-GB')} bytes`;
  return file.bytes === null
    ? new LimitError(
        `${host} sent more than ${bytes} for ${file.path} without saying how many there are. It was thrown away.`,
      )
    : new FormatError(
        `${host} sent more for ${file.path} than the ${bytes} it announced. It was thrown away; try again later.`,
      );
}

/** Sign-in pages and pointers to large files come with 200 and any type; the first bytes give them away. */
function refuseOtherThings(piece: Uint8Array, file: HubFile, host: string): void {
  const head = new TextDecoder().decode(piece.subarray(0, 200));
  if (looksLikeWebPage(head)) throw webPage(host, file.path);
  if (head.startsWith('version https://git-lfs'))
    throw new FormatError(
      `${host} sent only a note of where ${file.path} lies (a Git LFS pointer), not the file. It is no full model host; download the folder elsewhere and drop it here.`,
    );
}
