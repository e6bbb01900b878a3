// What the data worker can be asked: everything that reads foreign bytes, so that parsing never blocks the page.
import type { Cell, Dataset, DatasetReport, Mapping, Split } from './records';

export interface ImportProgress {
  phase: 'reading' | 'storing' | 'checking';
  file: string;
  bytesRead: number;
  bytesTotal: number;
  rows: number;
  secondsLeft: number | null;
}

/** The first rows of a drop, recognised but not stored: what the sheet after a drop shows. */
export interface ImportPreview {
  files: {
    name: string;
    format: string;
    shape?: string;
    encoding?: string;
    delimiter?: string;
    /** Whether the first row names the columns; of delimited files. */
    header?: boolean;
    sizeBytes: number;
    refusal?: { name: string; message: string };
  }[];
  columns: string[];
  rows: Record<string, Cell>[];
  mapping: Mapping;
  /** The task the shape fits best. */
  suggestedTask: string;
  /** Exact when the whole file was read for the preview, else estimated from its size. */
  rowsEstimated: number;
  rowsExact: boolean;
  /** Under this mapping, where the whole drop was small enough to be read for the preview. */
  report?: DatasetReport;
}

export interface ImportOptions {
  mapping?: Mapping;
  /** Told by the user, else detected. */
  encoding?: string;
  delimiter?: string;
  header?: boolean;
  name?: string;
}

export interface RowsQuery {
  offset: number;
  limit: number;
  where?: Where;
  /** Column name, '-' before it for descending. */
  sort?: string;
}
export type Condition = Cell | Cell[] | { gte?: number | string; lte?: number | string; contains?: string; not?: Cell };
/** All must hold; `any` for either. */
export type Where = { [column: string]: Condition | Where[] | undefined; any?: Where[] };

export interface DatasetRow {
  id: string;
  split: Split | null;
  /** Labels in force, always a list, beside the mapped column (a string for one label, a list for several). */
  labels: string[];
  /** How the label came: imported, label, correction, rule; null without one. */
  labelOrigin: string | null;
  [column: string]: Cell | null;
}

export interface RowsResult {
  total: number;
  rows: DatasetRow[];
}

export interface DataApi {
  /** Starts the worker and nothing else, so that the first drop need not wait for it to load. */
  wake(): Promise<void>;
  preview(files: File[], options: ImportOptions): Promise<ImportPreview>;
  /** Aborts when `cancel(jobId)` is called: nothing is left behind. */
  importFiles(
    jobId: string,
    projectId: string,
    files: File[],
    options: ImportOptions,
    onProgress: (progress: ImportProgress) => void,
  ): Promise<Dataset>;
  cancel(jobId: string): Promise<void>;
  rows(datasetId: string, query: RowsQuery): Promise<RowsResult>;
  /** Ids of all rows that match, in order (for select-all and bulk labelling). */
  rowIds(datasetId: string, where: Where | undefined): Promise<string[]>;
  /** Statistics with the labels in force. */
  stats(datasetId: string): Promise<Dataset['report']>;
  exportDataset(datasetId: string, format: string): Promise<Blob>;
  /** A new version of the rows kept, in the given split, with edited cells. */
  derive(datasetId: string, change: DatasetChange): Promise<Dataset>;
}

export type DatasetChange =
  | { kind: 'split'; fractions: Record<Split, number>; seed: number; stratify: boolean; group?: string }
  | { kind: 'remove'; rowIds: string[] }
  | { kind: 'assign-split'; rowIds: string[]; split: Split | null }
  | { kind: 'edit'; cells: { rowId: string; column: string; value: Cell }[] }
  | { kind: 'clean'; duplicates?: boolean; empty?: boolean; maxLength?: number; conflicting?: boolean }
  | { kind: 'mapping'; mapping: Mapping };
