// Reads one answer's body into the store, in blocks that are safe once written. Knows how many bytes to expect and
// when a connection has fallen silent; what is done about it is hub-download's affair.
import { AbortError, FormatError } from '../../src/contract/errors';
import type { HubFile } from '../../src/contract/hub';
import type { Sha256 } from '../../src/lib/sha256';
import { inSeconds, Interrupted, looksLikeWebPage, webPage } from './hub-answers';
import type { PartStore } from './hub-parts';

/** A block is written when it is so large, or when so much time has gone by: what a closed tab loses at most. */
const blockBytes = 4 << 20;
const blockMs = 1000;

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

/** Resolves when the body has ended and everything is kept. Rejects with Interrupted where the rest can be fetched later. */
export async function storeBody(response: Response, sink: BodySink): Promise<void> {
  const { file, host, signal } = sink;
  if (!response.body) throw new Interrupted(`${host} sent nothing for ${file.path}. Try again.`);
  const reader = response.body.getReader();
  const block = new Uint8Array(blockBytes);
  let filled = 0;
  let total = sink.from;
  let writtenAt = performance.now();
  const flush = async () => {
    if (filled === 0) return;
    const written = block.slice(0, filled);
    filled = 0;
    await sink.parts.append(file.path, written, sink.etag);
    writtenAt = performance.now();
  };
  try {
    for (;;) {
      const piece = await nextPiece(reader, sink);
      if (!piece) break;
      if (total === 0) refuseOtherThings(piece, file, host);
      total += piece.length;
      if (file.bytes !== null && total > file.bytes)
        throw new FormatError(
          `${host} sent more for ${file.path} than the ${file.bytes.toLocaleString('en-GB')} bytes it announced. It was thrown away; try again later.`,
        );
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
      `${host} ended the connection after ${total.toLocaleString('en-GB')} of ${file.bytes.toLocaleString('en-GB')} bytes of ${file.path}. What came is kept; the download goes on from there.`,
    );
}

async function nextPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { signal, stallMs, host, file }: BodySink,
): Promise<Uint8Array | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let leave: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    leave = () => reject(new AbortError('Cancelled. What came so far is kept; the download goes on from there.'));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    timer = setTimeout(
      () =>
        reject(
          new Interrupted(
            `${host} fell silent for ${inSeconds(stallMs)} in the middle of ${file.path}. What came is kept; the download goes on from there.`,
          ),
        ),
      stallMs,
    );
  });
  try {
    const { done, value } = await Promise.race([reader.read(), ended]);
    return done ? null : value;
  } catch (cause) {
    if (cause instanceof AbortError || cause instanceof Interrupted) throw cause;
    throw new Interrupted(
      `The connection to ${host} broke off in the middle of ${file.path}. What came is kept; the download goes on from there.`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  }
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
