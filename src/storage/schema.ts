// The IndexedDB schema. Append-only: a change is one more migration, never an edit of one that shipped.
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import type { Base, BaseFileBlock } from '../contract/bases';
import type { HubDownload, HubPart } from '../contract/hub';
import type {
  Checkpoint,
  Correction,
  Dataset,
  Deployment,
  EditPart,
  EditRecord,
  FrozenSplit,
  LabelBlock,
  LabelRecord,
  Model,
  Project,
  RowPage,
  Run,
  RunEvent,
  Settings,
  WeightsRecord,
} from '../contract/records';
import type { TextVectors } from './text-vectors';

export interface StudioDB extends DBSchema {
  projects: { key: string; value: Project };
  datasets: { key: string; value: Dataset; indexes: { project: string } };
  rowPages: { key: [string, number]; value: RowPage };
  labels: {
    key: [string, string];
    value: LabelRecord;
    /** [projectId, rootId, ordinal]: the overlay of one page in one range read. */
    indexes: { position: [string, string, number] };
  };
  /** Labels that acts on many rows gave, thousands of rows a record. */
  labelBlocks: { key: [string, string, number]; value: LabelBlock };
  corrections: { key: string; value: Correction; indexes: { project: string } };
  edits: { key: number; value: EditRecord; indexes: { project: string } };
  /** The rows of acts on many rows, apart from the history's listing. */
  editParts: { key: [number, number]; value: EditPart; indexes: { project: string } };
  runs: { key: string; value: Run; indexes: { project: string } };
  runEvents: { key: [string, number]; value: RunEvent };
  frozenSplits: { key: [string, string]; value: FrozenSplit };
  checkpoints: { key: string; value: Checkpoint; indexes: { run: string } };
  models: { key: string; value: Model; indexes: { project: string; run: string } };
  /** Model weights and checkpoint states, by weights id / checkpoint id. */
  weights: { key: string; value: WeightsRecord };
  deployments: { key: string; value: Deployment; indexes: { project: string } };
  settings: { key: string; value: Settings };
  /** Small measured facts about this device (truth test, timings), by name. */
  facts: { key: string; value: { name: string; at: number; value: unknown } };
  /** Global, not of a project. */
  bases: { key: string; value: Base };
  /** [base, file, block]; blocks of a file in order. */
  baseFiles: { key: [string, string, number]; value: BaseFileBlock };
  /** Downloads from a model host that are under way or were cut. */
  hubDownloads: { key: string; value: HubDownload };
  /** What came of their files so far, in the order it came. */
  hubParts: { key: [string, string, number]; value: HubPart };
  /** Can be computed anew: bounded, and in no backup. */
  textVectors: { key: string; value: TextVectors; indexes: { usedAt: number } };
}

export type StoreName = StoreNames<StudioDB>;
export type StudioDatabase = IDBPDatabase<StudioDB>;
export type UpgradeTransaction = IDBPTransaction<StudioDB, StoreName[], 'versionchange'>;

export interface Migration {
  name: string;
  up(db: StudioDatabase, tx: UpgradeTransaction): void | Promise<void>;
}

export const databaseName = 'trainyard';

/** The version is the length. */
export const migrations: readonly Migration[] = [
  {
    name: 'the first road',
    up(db) {
      db.createObjectStore('projects', { keyPath: 'id' });
      db.createObjectStore('datasets', { keyPath: 'id' }).createIndex('project', 'projectId');
      db.createObjectStore('rowPages', { keyPath: ['datasetId', 'page'] });
      db.createObjectStore('labels', { keyPath: ['projectId', 'rowId'] }).createIndex('position', [
        'projectId',
        'rootId',
        'ordinal',
      ]);
      db.createObjectStore('corrections', { keyPath: 'id' }).createIndex('project', 'projectId');
      db.createObjectStore('edits', { keyPath: 'id', autoIncrement: true }).createIndex('project', 'projectId');
      db.createObjectStore('runs', { keyPath: 'id' }).createIndex('project', 'projectId');
      db.createObjectStore('runEvents', { keyPath: ['runId', 'seq'] });
      db.createObjectStore('frozenSplits', { keyPath: ['runId', 'split'] });
      db.createObjectStore('checkpoints', { keyPath: 'id' }).createIndex('run', 'runId');
      const models = db.createObjectStore('models', { keyPath: 'id' });
      models.createIndex('project', 'projectId');
      models.createIndex('run', 'runId');
      db.createObjectStore('weights', { keyPath: 'id' });
      db.createObjectStore('deployments', { keyPath: 'id' }).createIndex('project', 'projectId');
      db.createObjectStore('settings');
      db.createObjectStore('facts', { keyPath: 'name' });
    },
  },
  {
    name: 'acts on many rows',
    up(db) {
      db.createObjectStore('editParts', { keyPath: ['editId', 'part'] }).createIndex('project', 'projectId');
    },
  },
  {
    name: 'labels in blocks',
    up(db) {
      db.createObjectStore('labelBlocks', { keyPath: ['projectId', 'rootId', 'block'] });
    },
  },
  {
    name: 'bases',
    up(db) {
      db.createObjectStore('bases', { keyPath: 'id' });
      db.createObjectStore('baseFiles', { keyPath: ['baseId', 'name', 'block'] });
    },
  },
  {
    name: 'downloads of bases',
    up(db) {
      db.createObjectStore('hubDownloads', { keyPath: 'id' });
      db.createObjectStore('hubParts', { keyPath: ['downloadId', 'path', 'part'] });
    },
  },
  {
    name: 'vectors of texts',
    up(db) {
      db.createObjectStore('textVectors', { keyPath: 'id' }).createIndex('usedAt', 'usedAt');
    },
  },
];
