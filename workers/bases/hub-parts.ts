// Where the parts of a download lie while it goes on. The download is written against this; storage/hub-parts.ts keeps
// them in the data base, tests in memory.

export interface PartState {
  /** Bytes that are safe. */
  bytes: number;
  /** Of the answer they came in; null where the host showed none. */
  etag: string | null;
  /** Whole, and its hash as hex; null while it is not. */
  sha256: string | null;
}

export interface PartStore {
  state(path: string): Promise<PartState>;
  /** Kept when this resolves; rejects with StorageError when the browser gives no more space. */
  append(path: string, block: Uint8Array<ArrayBuffer>, etag: string | null): Promise<void>;
  /** In order. */
  read(path: string): AsyncIterable<Uint8Array>;
  finish(path: string, sha256: string): Promise<void>;
  discard(path: string): Promise<void>;
}
