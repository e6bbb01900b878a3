// Content hashes: SHA-256 of bytes, and of a list of page digests with what stands above them.

const encoder = new TextEncoder();

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** SHA-256 over a description (columns, mapping) and the digests of all pages in order, as 64 hex digits. */
export async function hashOfPages(description: unknown, digests: readonly Uint8Array[]): Promise<string> {
  const head = encoder.encode(JSON.stringify(description));
  const all = new Uint8Array(head.byteLength + digests.reduce((sum, digest) => sum + digest.byteLength, 0));
  all.set(head);
  let at = head.byteLength;
  for (const digest of digests) {
    all.set(digest, at);
    at += digest.byteLength;
  }
  return hexOf(await sha256(all));
}
