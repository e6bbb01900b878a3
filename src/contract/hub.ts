// What the download of a base from a model host shows and tells.

export interface HubFile {
  /** Path inside the repository. */
  path: string;
  /** Null where the host does not say. */
  bytes: number | null;
  /** Hex; null where the host gives none (small files). */
  sha256: string | null;
}

/** What would be fetched, before anything is. */
export interface HubListing {
  host: string;
  repository: string;
  /** As asked for: branch, tag or commit. */
  revision: string;
  /** What the revision stands for now; fetched by this name, so that no file changes under the download. */
  commit: string;
  weights: 'safetensors' | 'onnx';
  licence: string | null;
  files: (HubFile & { /** Bytes here already, from a download that was cut. */ kept: number })[];
  /** Of all files whose size is known. */
  bytes: number;
  kept: number;
}

export interface HubProgress {
  phase: 'asking' | 'downloading' | 'waiting' | 'checking' | 'storing';
  file: string;
  /** Of the whole download; `bytes` counts what was kept from before. */
  bytes: number;
  bytesTotal: number;
  /** Over the last seconds; null before it can be told. */
  bytesPerSecond: number | null;
  secondsLeft: number | null;
  /** Why it waits, in the user's words. */
  note: string | null;
}

/** A download that was cut or cancelled and can go on. */
export interface HubPartial {
  id: string;
  host: string;
  repository: string;
  revision: string;
  bytes: number;
  bytesTotal: number;
  at: number;
}
