// What the download of a base from a model host shows, tells and keeps.
import type { Base } from './bases';

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

/** A download that is under way, or was cut and can go on. */
export interface HubDownload {
  /** Host, repository and commit. */
  id: string;
  host: string;
  repository: string;
  revision: string;
  commit: string;
  bytesTotal: number;
  at: number;
  files: {
    path: string;
    /** Safe so far, in so many parts. */
    bytes: number;
    parts: number;
    /** Of the answer they came in; null where the host showed none. */
    etag: string | null;
    /** Once it is whole and right. */
    sha256: string | null;
  }[];
}

export interface HubPart {
  downloadId: string;
  path: string;
  part: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What the hub worker can be asked. `cancel(jobId)` ends a question within a second; what came is kept. */
export interface HubApi {
  find(jobId: string, host: string, name: string, options: HubOptions): Promise<HubListing>;
  /** Fetches, checks and adds; gives the base. */
  download(
    jobId: string,
    host: string,
    name: string,
    options: HubOptions,
    onProgress: (progress: HubProgress) => void,
  ): Promise<Base>;
  cancel(jobId: string): Promise<void>;
}

export interface HubOptions {
  /** How long a host may stay silent; 20 unless given. */
  timeoutSeconds?: number;
  /** How often a cut connection is taken up again by itself; 3 unless given. */
  retries?: number;
}
