// Maps of rows by the vectors of their texts, what lies near a text, how long texts are in tokens, and the layers of a base.
// The worker's side is MapApi; the facade's groups are `map` and `encoders`.
import type { Split } from './records';

export interface MapProgress {
  phase: 'reading' | 'embedding' | 'comparing' | 'laying out' | 'placing' | 'counting';
  done: number;
  /** Null where it is not known. */
  total: number | null;
}

/** pca: the two directions of most variance, at once · umap: neighbours kept together (McInnes, Healy and Melville 2018). */
export type MapMethod = 'pca' | 'umap';

/** Where the rows of a map lie: x and y of each in turn, from -1 to 1, y upwards. */
export interface MapPicture {
  method: MapMethod;
  positions: Float32Array<ArrayBuffer>;
}

export interface EmbeddingMap extends MapPicture {
  /** Rows of the version; of more than `places` has, they were drawn evenly. */
  rows: number;
  /** Place of each point's row in the version, ascending. */
  places: Uint32Array<ArrayBuffer>;
  /** Rows laid out by UMAP itself; the others lie among their nearest of these. */
  laidOut: number;
  dimensions: number;
}

/** What the points of a map are, by `places`: labels in force, splits. */
export interface MapRows {
  rowIds: string[];
  labels: string[];
  /** First label of each row as an index into `labels`; -1 without one. */
  label: Int32Array<ArrayBuffer>;
  splits: (Split | null)[];
}

export interface NearRow {
  rowId: string;
  place: number;
  text: string;
  labels: string[];
  split: Split | null;
  /** Cosine, -1 to 1. */
  similarity: number;
}

export interface TokenLengths {
  /** Rows of the version, and how many were counted (drawn evenly where fewer). */
  rows: number;
  places: Uint32Array<ArrayBuffer>;
  /** Tokens of each counted row, special ones included, uncut. */
  lengths: Uint32Array<ArrayBuffer>;
  /** Special tokens of every text. */
  special: number;
  /** The base's own limit. */
  maxLength: number;
}

/** A text that a limit cuts: what is read is text.slice(from, to). */
export interface CutText {
  place: number;
  text: string;
  tokens: number;
  from: number;
  to: number;
}

/** Linear layers of a block are named as LoRA targets name them: the last part. */
export interface LayerFacts {
  id: string;
  kind: 'embeddings' | 'block' | 'head';
  title: string;
  parameters: number;
  linears: { name: string; inputs: number; outputs: number }[];
}

export interface BaseLayers {
  layers: LayerFacts[];
  /** Inputs of a head, for the part that depends on the labels. */
  hidden: number;
  /** Parameters of the dense layer of its family's head. */
  familyHead: number;
}

export type EmbedTexts = (texts: string[]) => Promise<{ values: Float32Array; dimensions: number }>;

/** What the map worker can be asked. `key` names what makes the vectors, and is part of what they are kept by. */
export interface MapApi {
  build(
    jobId: string,
    datasetId: string,
    key: string,
    embed: EmbedTexts,
    onProgress: (progress: MapProgress) => void,
    onPicture: (map: EmbeddingMap) => void,
  ): Promise<EmbeddingMap>;
  rows(datasetId: string): Promise<MapRows>;
  /** Exact: every kept vector is compared. Best first. NotFoundError where `build` kept none. */
  nearest(
    datasetId: string,
    key: string,
    vector: Float32Array,
    count: number,
  ): Promise<{ place: number; similarity: number }[]>;
  /** Whether `nearest` can answer. */
  has(datasetId: string, key: string): Promise<boolean>;
  tokenLengths(
    jobId: string,
    datasetId: string,
    baseId: string,
    onProgress: (progress: MapProgress) => void,
  ): Promise<TokenLengths>;
  cutTexts(datasetId: string, baseId: string, places: number[], maxLength: number): Promise<CutText[]>;
  layers(baseId: string): Promise<BaseLayers>;
  cancel(jobId: string): Promise<void>;
}
