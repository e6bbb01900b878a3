// Bases: what a run can start from and what can embed by itself. Global, not of a project. The starter comes with the
// app; the others are folders that were dropped or fetched.

/** static: an embedding of word-pieces · transformer: trained and run here · onnx: answers only, nothing is trained. */
export type BaseKind = 'static' | 'transformer' | 'onnx';

export type BaseSource =
  { from: 'app' } | { from: 'folder' } | { from: 'hub'; host: string; repository: string; revision: string };

/** 0 where the kind has no such thing. */
export interface BaseShape {
  /** Numbers of a text's vector. */
  hidden: number;
  layers: number;
  heads: number;
  vocabulary: number;
  /** Most tokens of a text, special ones included. */
  maxLength: number;
  /** Numbers of the encoder alone, without a pooler or a head. Absent in records from before it was counted. */
  encoderParameters?: number;
}

export interface Base {
  /** 'starter', or `base-…`. */
  id: string;
  name: string;
  kind: BaseKind;
  /** As its config.json says it: "bert", "mpnet", "trainyard-static" … */
  architecture: string;
  parameters: number;
  /** Of all files. */
  bytes: number;
  source: BaseSource;
  shape: BaseShape;
  /** Names of the classes where it is a classifier, in the order of its logits. */
  labels?: string[];
  addedAt: number;
  files: { name: string; bytes: number; sha256: string }[];
  /** SHA-256 over names and hashes of all files: what a run says it began with. */
  hash: string;
  /** Set when removed and not yet purged: hidden from every listing, and can be taken back. */
  removedAt?: number;
}

/** Which base a run began with. It stays in the records of run and model when the base itself is gone. */
export interface BaseIdentity {
  id: string;
  name: string;
  hash: string;
}

/** Bytes of a base file, at most 8 MB: neither a record nor a read is ever a whole model. */
export interface BaseFileBlock {
  baseId: string;
  name: string;
  block: number;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface BaseProgress {
  file: string;
  bytes: number;
  bytesTotal: number;
}

/** One comparison with a reference. `difference` as the reference defines it, relative to its largest number. */
export interface BaseCheck {
  item: string;
  ok: boolean;
  difference: number;
  tolerance?: number;
}

/** The base that ships with the app. */
export const starterId = 'starter';
