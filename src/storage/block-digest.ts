// A SHA-256 of bytes that come in pieces and are never held whole: the digest over the digests of blocks of 4 MiB.
// The platform's own digest takes only whole buffers; this one needs 4 MiB whatever the size.
import { hexOf, sha256 } from '../lib/hash';

const blockBytes = 4 * 1024 * 1024;

export class BlockDigest {
  private readonly block = new Uint8Array(blockBytes);
  private filled = 0;
  private readonly digests: Uint8Array[] = [];

  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      const piece = bytes.subarray(at, at + blockBytes - this.filled);
      this.block.set(piece, this.filled);
      this.filled += piece.byteLength;
      at += piece.byteLength;
      if (this.filled === blockBytes) await this.close();
    }
  }

  /** 64 hex digits. Ends the digest. */
  async finish(): Promise<string> {
    await this.close();
    const all = new Uint8Array(this.digests.length * 32);
    this.digests.forEach((digest, index) => all.set(digest, index * 32));
    return hexOf(await sha256(all));
  }

  private async close(): Promise<void> {
    this.digests.push(await sha256(this.block.slice(0, this.filled)));
    this.filled = 0;
  }
}
