// Adds a folder as a base: checked as a whole first, then its files hashed and stored block by block, the record last. A
// cut addition leaves blocks without a record; the next start clears them.
import type { Base, BaseProgress, BaseSource } from '../../src/contract/bases';
import { AbortError } from '../../src/contract/errors';
import { newId } from '../../src/lib/ids';
import { Sha256 } from '../../src/lib/sha256';
import {
  baseBlockBytes,
  idsWithoutRecord,
  purgeBase,
  purgeCutAddition,
  putBase,
  putBaseBlock,
} from '../../src/storage/bases';
import type { FolderFile } from './folder-files';
import { readFolder } from './read-folder';

export interface Addition {
  files: readonly FolderFile[];
  /** What to call it; its architecture where that is null. */
  name: string | null;
  source: BaseSource;
  signal?: AbortSignal;
  onProgress?: (progress: BaseProgress) => void;
}

/** The base as stored; one that was added before with the same files is given as it is. Errors as of `readFolder`. */
export async function addBase({ files, name, source, signal, onProgress }: Addition): Promise<Base> {
  const folder = await readFolder(files);
  const used = [...new Map(folder.files.map((file) => [file.path, file])).values()].sort(byPath);
  const bytes = used.reduce((sum, file) => sum + file.bytes, 0);
  const id = newId('base');
  return whileHeld(id, async () => {
    try {
      const stored: Base['files'] = [];
      let done = 0;
      for (const file of used) {
        const sha256 = await storeFile(id, file, (more) => {
          if (signal?.aborted) throw new AbortError('Cancelled. Nothing of the folder was kept.');
          done += more;
          onProgress?.({ file: file.path, bytes: done, bytesTotal: bytes });
        });
        stored.push({ name: file.path, bytes: file.bytes, sha256 });
      }
      const { kind, architecture, parameters, shape, labels } = folder;
      const base: Base = {
        ...{ id, name: name ?? architecture, kind, architecture, parameters, bytes, source, shape },
        ...(labels ? { labels } : {}),
        addedAt: Date.now(),
        files: stored,
        hash: hashOfFiles(stored),
      };
      const kept = await putBase(base);
      if (kept.id !== id) await purgeBase(id);
      return kept;
    } catch (error) {
      await purgeBase(id).catch(() => undefined);
      throw error;
    }
  });
}

/** SHA-256 over the names and hashes of files in the order of their names. */
export function hashOfFiles(files: Base['files']): string {
  const lines = files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
  return new Sha256().update(new TextEncoder().encode(lines)).hex();
}

async function storeFile(baseId: string, file: FolderFile, onBytes: (bytes: number) => void): Promise<string> {
  const hash = new Sha256();
  for (let block = 0; block * baseBlockBytes < file.bytes; block++) {
    const from = block * baseBlockBytes;
    const bytes = await file.slice(from, Math.min(file.bytes, from + baseBlockBytes));
    onBytes(bytes.length);
    hash.update(bytes);
    await putBaseBlock({ baseId, name: file.path, block, bytes });
  }
  return hash.hex();
}

const lockOf = (id: string): string => `trainyard-base-${id}`;

/** Holds a lock that says "being added" to other tabs, where there are locks. */
async function whileHeld<T>(id: string, work: () => Promise<T>): Promise<T> {
  const { locks } = globalThis.navigator ?? {};
  return locks ? await locks.request(lockOf(id), work) : await work();
}

/** Clears what cut additions left, but for those that another tab is adding. */
export async function clearCutAdditions(): Promise<void> {
  for (const id of await idsWithoutRecord()) {
    const { locks } = globalThis.navigator ?? {};
    if (locks)
      await locks.request(lockOf(id), { ifAvailable: true }, (lock) => (lock ? purgeCutAddition(id) : undefined));
    else await purgeCutAddition(id);
  }
}

const byPath = (a: FolderFile, b: FolderFile): number => (a.path < b.path ? -1 : 1);
