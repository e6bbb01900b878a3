// A project as one zip: every record and its bytes, a manifest with the SHA-256 of every entry, and in the zip's
// comment the digest of the whole file before it. Written piece by piece; nothing is held whole. See restore.ts.
import { Zip, ZipPassThrough } from 'fflate';
import { LimitError, StorageError } from '../contract/errors';
import type { Project } from '../contract/records';
import { packRecord } from './backup-records';
import { belongingsOf, type Belonging, type BelongingStore } from './belongings';
import { BlockDigest } from './block-digest';
import { openStudio } from './open';
import { getProject } from './projects';
import { migrations } from './schema';

export const backupFormat = 'trainyard-backup';
export const commentStart = 'trainyard-backup sha256-4m:';
export const commentBytes = commentStart.length + 64;
export const manifestPath = 'manifest.json';

export interface BackupManifest {
  format: typeof backupFormat;
  version: 1;
  /** Version of the data base schema the records have. */
  schema: number;
  madeAt: number;
  project: Pick<Project, 'id' | 'name' | 'task'>;
  entries: { path: string; store: BelongingStore; records: number; bytes: number; sha256: string }[];
}

/** Zip archives without their 64-bit form end at 4 GiB. */
const largestBytes = 4_000_000_000;
/** Heavy records are read one by one. */
const heavy: ReadonlySet<BelongingStore> = new Set<BelongingStore>([
  'rowPages',
  'weights',
  'frozenSplits',
  'editParts',
  'labelBlocks',
]);
const batchRecords = 2000;
const pieceBytes = 1024 * 1024;

/** The backup as a zip file. */
export async function backupProject(projectId: string): Promise<Blob> {
  const project = await getProject(projectId);
  const out = new Output();
  const manifest: BackupManifest = {
    format: backupFormat,
    version: 1,
    schema: migrations.length,
    madeAt: Date.now(),
    project: { id: project.id, name: project.name, task: project.task },
    entries: [],
  };
  const lost = new Set<unknown>();
  for (const belonging of await belongingsOf(projectId)) {
    const path = `records/${belonging.store}`;
    const entry = out.entry(path, belonging.store !== 'weights');
    const digest = new BlockDigest();
    let records = 0;
    let bytes = 0;
    for await (const record of recordsOf(belonging, lost)) {
      records++;
      for (const piece of packRecord(record)) {
        bytes += piece.byteLength;
        await digest.add(piece);
        await entry.add(piece);
      }
    }
    await entry.end();
    manifest.entries.push({ path, store: belonging.store, records, bytes, sha256: await digest.finish() });
  }
  const last = out.entry(manifestPath, true);
  await last.add(new TextEncoder().encode(JSON.stringify(manifest, null, 2)));
  await last.end();
  return await out.finish();
}

/** The records, in the order of their keys. A checkpoint whose state a run has dropped meanwhile is left out. */
async function* recordsOf({ store, keys }: Belonging, lost: Set<unknown>): AsyncGenerator<unknown> {
  const db = await openStudio();
  for (const key of keys) {
    if (!(key instanceof IDBKeyRange)) {
      const record: unknown = lost.has(key) ? undefined : await db.get(store, key);
      if (record !== undefined) yield record;
      else if (store === 'weights') lost.add(key);
      continue;
    }
    let range: IDBKeyRange | null = key;
    while (range) {
      const count = heavy.has(store) ? 1 : batchRecords;
      const [found, foundKeys]: [unknown[], IDBValidKey[]] = await readBatch(store, range, count);
      yield* found;
      const end = foundKeys.at(-1);
      range = found.length < count || end === undefined ? null : IDBKeyRange.bound(end, key.upper, true, key.upperOpen);
    }
  }
}

async function readBatch(
  store: BelongingStore,
  range: IDBKeyRange,
  count: number,
): Promise<[unknown[], IDBValidKey[]]> {
  const tx = (await openStudio()).transaction(store);
  return await Promise.all([tx.store.getAll(range, count), tx.store.getAllKeys(range, count)]);
}

/** The zip as it grows: pieces go into blobs, which the browser keeps outside the page's memory. */
class Output {
  private readonly digest = new BlockDigest();
  private readonly blobs: Blob[] = [];
  private fresh: Uint8Array<ArrayBuffer>[] = [];
  private failure: Error | null = null;
  private total = 0;
  private readonly zip = new Zip((error, bytes) => {
    if (error) this.failure = error;
    else this.fresh.push(new Uint8Array(bytes));
  });

  entry(path: string, packed: boolean): { add(bytes: Uint8Array): Promise<void>; end(): Promise<void> } {
    const file = packed ? new PackedEntry(path) : new ZipPassThrough(path);
    this.zip.add(file);
    const push = async (bytes: Uint8Array, last: boolean): Promise<void> => {
      file.push(bytes, last);
      if (file instanceof PackedEntry) await file.settled;
      await this.drain();
    };
    return {
      add: async (bytes) => {
        for (let at = 0; at < bytes.byteLength; at += pieceBytes)
          await push(bytes.subarray(at, at + pieceBytes), false);
      },
      end: () => push(new Uint8Array(0), true),
    };
  }

  async finish(): Promise<Blob> {
    this.zip.end();
    const tail = new Uint8Array(await new Blob(this.fresh).arrayBuffer());
    // The comment's length stands in the last two bytes; what is hashed is all that comes before the comment.
    new DataView(tail.buffer).setUint16(tail.byteLength - 2, commentBytes, true);
    this.fresh = [tail];
    await this.drain(true);
    return new Blob([...this.blobs, commentStart, await this.digest.finish()], { type: 'application/zip' });
  }

  private async drain(all = false): Promise<void> {
    if (this.failure) throw new StorageError(`The backup could not be made: ${this.failure.message}`);
    const waiting = this.fresh.reduce((sum, piece) => sum + piece.byteLength, 0);
    if (!all && waiting < pieceBytes) return;
    this.total += waiting;
    if (this.total > largestBytes)
      throw new LimitError(
        'This project is larger than the 4 GB one backup can hold. Remove old data sets or runs first.',
      );
    for (const piece of this.fresh) await this.digest.add(piece);
    this.blobs.push(new Blob(this.fresh));
    this.fresh = [];
  }
}

/** An entry packed by the platform, several times faster than in script. Sizes and checksum are fflate's. */
class PackedEntry extends ZipPassThrough {
  /** Resolves when what was pushed last is packed; at the end, when all of it came out. */
  settled: Promise<void> = Promise.resolve();
  private readonly stream = new CompressionStream('deflate-raw');
  private readonly writer = this.stream.writable.getWriter();
  private readonly drained: Promise<void>;

  constructor(path: string) {
    super(path);
    this.compression = 8;
    this.drained = this.forward();
    this.drained.catch(() => undefined);
  }

  protected override process(bytes: Uint8Array, last: boolean): void {
    const written = bytes.byteLength ? this.writer.write(new Uint8Array(bytes)) : Promise.resolve();
    this.settled = last ? Promise.all([written, this.writer.close(), this.drained]).then(() => undefined) : written;
  }

  private async forward(): Promise<void> {
    const reader = this.stream.readable.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
      this.ondata(null, piece.value, false);
    this.ondata(null, new Uint8Array(0), true);
  }
}
