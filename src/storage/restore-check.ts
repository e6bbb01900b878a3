// What a record of a backup must have before it may go into a store: its keys, of the right type, and the project
// it was restored under. A forged backup can hold odd values; it cannot reach other projects or break listings.
import type { StoreValue } from 'idb';
import { FormatError, UnsupportedError } from '../contract/errors';
import { backupFormat, type BackupManifest } from './backup';
import type { BelongingStore } from './belongings';
import type { StudioDB } from './schema';

type Kind = 'string' | 'number' | 'boolean' | 'list' | 'object' | 'bytes' | 'words' | 'places';

const shapes: Readonly<Record<BelongingStore, Readonly<Record<string, Kind>>>> = {
  projects: { id: 'string', name: 'string', task: 'string', createdAt: 'number', openedAt: 'number', labels: 'list' },
  datasets: {
    id: 'string',
    projectId: 'string',
    name: 'string',
    rootId: 'string',
    version: 'number',
    rows: 'number',
    columns: 'list',
    mapping: 'object',
    report: 'object',
    hash: 'string',
    sizeBytes: 'number',
  },
  rowPages: { datasetId: 'string', page: 'number', firstRow: 'number', rows: 'number', bytes: 'bytes' },
  labels: { projectId: 'string', rowId: 'string', rootId: 'string', ordinal: 'number', labels: 'list' },
  labelBlocks: { projectId: 'string', rootId: 'string', block: 'number', entries: 'places', states: 'list' },
  corrections: { id: 'string', projectId: 'string', rowId: 'string', before: 'list', after: 'list', at: 'number' },
  edits: { id: 'number', projectId: 'string', what: 'string', changes: 'list', undone: 'boolean' },
  editParts: {
    editId: 'number',
    part: 'number',
    projectId: 'string',
    rootId: 'string',
    ordinals: 'words',
    before: 'words',
    after: 'words',
    states: 'list',
  },
  runs: { id: 'string', projectId: 'string', status: 'string', number: 'number', recipe: 'object', metrics: 'object' },
  runEvents: { runId: 'string', seq: 'number', step: 'number', kind: 'string' },
  frozenSplits: { runId: 'string', split: 'string', rowIds: 'list', actual: 'list', labels: 'list', texts: 'list' },
  weights: { id: 'string', tensors: 'object', meta: 'object' },
  checkpoints: { id: 'string', runId: 'string', step: 'number', kind: 'string', sizeBytes: 'number' },
  models: {
    id: 'string',
    projectId: 'string',
    version: 'number',
    weightsId: 'string',
    labels: 'list',
    recipe: 'object',
  },
  deployments: { id: 'string', projectId: 'string', modelId: 'string', at: 'number', live: 'boolean' },
};

export function isStore(name: unknown): name is BelongingStore {
  return typeof name === 'string' && Object.hasOwn(shapes, name);
}

/** True where the record has what the store's readers rely on, and belongs to the project if it says to which. */
export function isRecordOf<S extends BelongingStore>(
  store: S,
  record: unknown,
  projectId: string,
): record is StoreValue<StudioDB, S> {
  if (typeof record !== 'object' || record === null) return false;
  const own = (key: string): unknown => Object.getOwnPropertyDescriptor(record, key)?.value;
  if ('projectId' in record && own('projectId') !== projectId) return false;
  return Object.entries(shapes[store]).every(([key, kind]) => isKind(own(key), kind));
}

function isKind(value: unknown, kind: Kind): boolean {
  if (kind === 'list') return Array.isArray(value);
  if (kind === 'bytes') return value instanceof Uint8Array;
  if (kind === 'words') return value instanceof Uint32Array;
  if (kind === 'places') return value instanceof Uint16Array;
  if (kind === 'object') return typeof value === 'object' && value !== null;
  return typeof value === kind;
}

/** The field of a record that holds an id; rejects with FormatError where there is none. */
export function textField(record: unknown, key: string): string {
  const value: unknown =
    typeof record === 'object' && record !== null ? Object.getOwnPropertyDescriptor(record, key)?.value : undefined;
  if (typeof value !== 'string' || value === '' || value.length > 200) throw damagedRecord();
  return value;
}

export function damagedRecord(): FormatError {
  return new FormatError('This backup is damaged: a record lacks what it must have. Nothing was changed.');
}

/** The manifest out of its JSON, checked. */
export function readManifest(text: string): BackupManifest {
  let manifest: unknown = null;
  try {
    manifest = JSON.parse(text);
  } catch {
    // Refused below.
  }
  if (isManifest(manifest)) return manifest;
  throw new FormatError('This backup cannot be read: its manifest is not one of the studio. Nothing was changed.');
}

function isManifest(manifest: unknown): manifest is BackupManifest {
  if (typeof manifest !== 'object' || manifest === null) return false;
  const own = (key: string): unknown => Object.getOwnPropertyDescriptor(manifest, key)?.value;
  if (own('format') !== backupFormat) return false;
  if (own('version') !== 1)
    throw new UnsupportedError('This backup was made by a newer version of the studio. Reload the page to get it.');
  const entries = own('entries');
  const project = own('project');
  return (
    typeof own('schema') === 'number' &&
    typeof project === 'object' &&
    project !== null &&
    'id' in project &&
    typeof project.id === 'string' &&
    Array.isArray(entries) &&
    entries.every(
      (entry: unknown) =>
        typeof entry === 'object' &&
        entry !== null &&
        'store' in entry &&
        isStore(entry.store) &&
        'path' in entry &&
        typeof entry.path === 'string' &&
        'records' in entry &&
        'sha256' in entry,
    )
  );
}
