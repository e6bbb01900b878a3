// A backup back into the data base, whole or not at all. The file is checked before anything is written; then its
// records go in under a hidden project, which the last, strict write shows. What stops half way is purged.
import { FormatError, isStudioError, StorageError, UnsupportedError } from '../contract/errors';
import type { Project } from '../contract/records';
import { readZipDirectory, zipEntrySource, type ZipEntry } from '../formats/zip';
import { commentBytes, commentStart, manifestPath, type BackupManifest } from './backup';
import { readRecords } from './backup-records';
import type { BelongingStore } from './belongings';
import { BlockDigest } from './block-digest';
import { openStudio } from './open';
import { purgeProject, unhideProject } from './removal';
import { IdMap } from './restore-ids';
import { isRecordOf, readManifest, textField } from './restore-check';
import { addEdits, addRecords, renumbered } from './restore-write';
import { migrations } from './schema';

const listings: ReadonlySet<BelongingStore> = new Set<BelongingStore>([
  'projects',
  'datasets',
  'runs',
  'models',
  'checkpoints',
  'corrections',
  'deployments',
]);
const readBytes = 8 * 1024 * 1024;
const batchRecords = 1000;
const batchBytes = 16 * 1024 * 1024;
/** A restore that dies is purged like a project removed this much later. */
const restoreGraceMs = 60 * 60 * 1000;

/** The restored project: under its own ids, or, where one of them is taken, under new ones. */
export async function restoreProject(backup: Blob): Promise<Project> {
  await checkWhole(backup);
  const entries = new Map((await readZipDirectory('The backup', backup)).map((entry) => [entry.name, entry]));
  const manifest = await manifestOf(backup, entries);
  if (manifest.schema > migrations.length)
    throw new UnsupportedError(
      'This backup was made by a newer version of the studio. Update (reload the page), then restore it.',
    );
  const ids = await idsFor(backup, entries, manifest);
  const project = await firstProject(backup, entries, manifest, ids);
  try {
    await addRecords('projects', [{ ...project, removedAt: Date.now() + restoreGraceMs }], project.id);
    for (const entry of manifest.entries) {
      if (entry.store === 'projects') continue;
      await restoreStore(recordsIn(backup, entries, entry.path), entry, ids, project.id);
    }
    return await unhideProject(project.id);
  } catch (error) {
    await purgeProject(project.id).catch(() => undefined);
    throw isStudioError(error) ? error : notRestored(error);
  }
}

function notRestored(cause: unknown): StorageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(`The backup could not be restored: ${reason}. What was here before is untouched.`, { cause });
}

/** Every byte before the comment must be what its digest says; a missing end is noticed by the comment's place. */
async function checkWhole(backup: Blob): Promise<void> {
  if (!(backup instanceof Blob)) throw new FormatError('A backup is restored from its file.');
  const comment = await backup.slice(Math.max(0, backup.size - commentBytes)).text();
  if (!comment.startsWith(commentStart))
    throw new FormatError(
      'This is not a whole backup of the studio: its end is missing or it is another file. Nothing was changed.',
    );
  const digest = new BlockDigest();
  const end = backup.size - commentBytes;
  for (let at = 0; at < end; at += readBytes)
    await digest.add(new Uint8Array(await backup.slice(at, Math.min(end, at + readBytes)).arrayBuffer()));
  if ((await digest.finish()) !== comment.slice(commentStart.length))
    throw new FormatError(
      'This backup is damaged: some of its bytes have changed. Nothing was restored or changed; take another copy.',
    );
}

async function* piecesOf(backup: Blob, entry: ZipEntry | undefined, path: string): AsyncGenerator<Uint8Array> {
  if (!entry) throw new FormatError(`This backup lacks "${path}". Nothing was changed; take another copy.`);
  yield* zipEntrySource('the backup', backup, entry).read();
}

function recordsIn(backup: Blob, entries: Map<string, ZipEntry>, path: string): AsyncGenerator<Uint8Array> {
  return piecesOf(backup, entries.get(path), path);
}

async function manifestOf(backup: Blob, entries: Map<string, ZipEntry>): Promise<BackupManifest> {
  const parts: Uint8Array[] = [];
  for await (const piece of piecesOf(backup, entries.get(manifestPath), manifestPath)) parts.push(piece);
  return readManifest(await new Blob(parts.map((part) => new Uint8Array(part))).text());
}

/** Keeps all ids where none is taken, else renames all. Rows and weights are not read: listings name their ids. */
async function idsFor(backup: Blob, entries: Map<string, ZipEntry>, manifest: BackupManifest): Promise<IdMap> {
  const db = await openStudio();
  const named: string[] = [];
  let taken = false;
  for (const { path, store } of manifest.entries) {
    if (!listings.has(store)) continue;
    for await (const record of readRecords(recordsIn(backup, entries, path))) {
      const id = textField(record, 'id');
      named.push(id);
      if (store === 'models') named.push(textField(record, 'weightsId'));
      if ((await db.count(store, id)) > 0) taken = true;
    }
  }
  const ids = new IdMap();
  if (taken) for (const id of named) ids.rename(id);
  return ids;
}

async function firstProject(
  backup: Blob,
  entries: Map<string, ZipEntry>,
  manifest: BackupManifest,
  ids: IdMap,
): Promise<Project> {
  const path = manifest.entries.find((entry) => entry.store === 'projects')?.path ?? 'records/projects';
  for await (const record of readRecords(recordsIn(backup, entries, path))) {
    const project = ids.apply(record);
    if (!isRecordOf('projects', project, '')) break;
    return ids.id(manifest.project.id) === manifest.project.id
      ? project
      : { ...project, name: `${project.name.slice(0, 180)} (restored)` };
  }
  throw new FormatError('This backup holds no project. Nothing was changed.');
}

async function restoreStore(
  pieces: AsyncIterable<Uint8Array>,
  entry: BackupManifest['entries'][number],
  ids: IdMap,
  projectId: string,
): Promise<void> {
  const digest = new BlockDigest();
  let bytes = 0;
  async function* digested(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      bytes += piece.byteLength;
      await digest.add(piece);
      yield piece;
    }
  }
  let batch: unknown[] = [];
  let records = 0;
  let written = 0;
  for await (const record of readRecords(digested())) {
    records++;
    batch.push(ids.apply(record));
    if (batch.length < batchRecords && bytes - written < batchBytes) continue;
    await addBatch(entry.store, batch, projectId, ids);
    batch = [];
    written = bytes;
  }
  await addBatch(entry.store, batch, projectId, ids);
  if (records !== entry.records || (await digest.finish()) !== entry.sha256)
    throw new FormatError(
      `This backup is damaged: "${entry.path}" is not what its manifest says. Nothing was changed.`,
    );
}

async function addBatch(store: BelongingStore, batch: unknown[], projectId: string, ids: IdMap): Promise<void> {
  if (store === 'edits') await addEdits(batch, projectId, ids);
  else if (store === 'editParts')
    await addRecords(
      store,
      batch.map((record) => renumbered(record, projectId, ids)),
      projectId,
    );
  else await addRecords(store, batch, projectId);
}
