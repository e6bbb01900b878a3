// gzip as a stream, also several members back to back. What it unpacks to is capped: a small file must not
// become an endless one.
import { Gunzip } from 'fflate';
import { FormatError, LimitError } from '../contract/errors';
import type { ByteSource } from './reading';

export const unpackLimits = {
  /** Bytes a packed file may unpack to. */
  bytes: 4 * 1024 ** 3,
  /** Unpacked to packed, once more than `freeBytes` came out. Text rarely packs better than 1:30. */
  ratio: 200,
  freeBytes: 64 * 1024 ** 2,
};

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** Refuses a stream that grows beyond the caps. `packed` and `unpacked` are bytes so far. */
export function checkGrowth(name: string, packed: number, unpacked: number): void {
  if (unpacked > unpackLimits.bytes || (unpacked > unpackLimits.freeBytes && unpacked > packed * unpackLimits.ratio))
    throw new LimitError(
      `${name} unpacks to far more than a file of rows does (over ${String(Math.round(unpacked / 1024 ** 2))} MB from ${String(Math.max(1, Math.round(packed / 1024)))} kB). If it is real, unpack it yourself and import the parts.`,
    );
}

export function gunzipped(source: ByteSource): ByteSource {
  return {
    name: source.name.replace(/\.(gz|gzip)$/i, ''),
    packedBytes: source.packedBytes,
    compression: 'gzip',
    async *read() {
      let ready: Uint8Array[] = [];
      const gunzip = new Gunzip((bytes) => {
        if (bytes.byteLength > 0) ready.push(bytes);
      });
      let packed = 0;
      let unpacked = 0;
      const push = (bytes: Uint8Array, last: boolean): void => {
        try {
          gunzip.push(bytes, last);
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw new FormatError(`${source.name} cannot be unpacked (${reason}). Pack it again and import that.`, {
            cause,
          });
        }
      };
      // Small bites, so that a bomb is noticed before it fills the memory.
      for await (const piece of source.read())
        for (let at = 0; at < piece.byteLength; at += 65536) {
          const bite = piece.subarray(at, at + 65536);
          packed += bite.byteLength;
          push(bite, false);
          for (const bytes of ready) {
            unpacked += bytes.byteLength;
            checkGrowth(source.name, packed, unpacked);
            yield bytes;
          }
          ready = [];
        }
      push(new Uint8Array(0), true);
      yield* ready;
    },
  };
}
