// Downloads from a model host while they are under way: what came of each file, part by part, so that a cut connection
// or a closed tab loses a second's worth. Gone once the base is added.
import type { HubDownload, HubListing, HubPart } from '../contract/hub';
import { NotFoundError } from '../contract/errors';
import { openStudio } from './open';
import { write } from './transact';

export const downloadId = ({ host, repository, commit }: Pick<HubListing, 'host' | 'repository' | 'commit'>): string =>
  `${host}/${repository}@${commit}`;

/** Newest first. */
export async function listDownloads(): Promise<HubDownload[]> {
  return (await (await openStudio()).getAll('hubDownloads')).sort((a, b) => b.at - a.at);
}

export async function getDownload(id: string): Promise<HubDownload | null> {
  return (await (await openStudio()).get('hubDownloads', id)) ?? null;
}

/** Begins a download, or takes up the one with the same id. Others of the same repository are dropped: they are older. */
export async function beginDownload(listing: HubListing, at = Date.now()): Promise<string> {
  const id = downloadId(listing);
  await write(['hubDownloads', 'hubParts'], async (tx) => {
    const store = tx.objectStore('hubDownloads');
    for (const other of await store.getAll()) {
      if (other.id === id || other.host !== listing.host || other.repository !== listing.repository) continue;
      await store.delete(other.id);
      await tx.objectStore('hubParts').delete(partsOf(other.id));
    }
    const { host, repository, revision, commit, bytes: bytesTotal } = listing;
    const files = (await store.get(id))?.files ?? [];
    await store.put({ id, host, repository, revision, commit, bytesTotal, at, files });
  });
  return id;
}

/** Adds a part behind those that are there; both the bytes and the count are committed when this resolves. */
export async function appendPart(
  id: string,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  etag: string | null,
): Promise<void> {
  await changeFile(id, path, (file, parts) => {
    parts.put({ downloadId: id, path, part: file.parts, bytes });
    return { ...file, bytes: file.bytes + bytes.length, parts: file.parts + 1, etag };
  });
}

export async function finishFile(id: string, path: string, sha256: string): Promise<void> {
  await changeFile(id, path, (file) => ({ ...file, sha256 }));
}

/** Throws away what came of one file. */
export async function discardFile(id: string, path: string): Promise<void> {
  await changeFile(id, path, (_file, parts) => {
    parts.delete(partsOf(id, path));
    return null;
  });
}

export async function getPart(id: string, path: string, part: number): Promise<Uint8Array<ArrayBuffer>> {
  const found = await (await openStudio()).get('hubParts', [id, path, part]);
  if (!found)
    throw new NotFoundError(`A part of ${path} is not stored any more. Remove the download and begin it again.`);
  return found.bytes;
}

/** Deletes a download with all its parts. */
export async function removeDownload(id: string): Promise<void> {
  await write(
    ['hubDownloads', 'hubParts'],
    (tx) => Promise.all([tx.objectStore('hubDownloads').delete(id), tx.objectStore('hubParts').delete(partsOf(id))]),
    { durability: 'strict' },
  );
}

type FileOfDownload = HubDownload['files'][number];
interface Parts {
  put(part: HubPart): unknown;
  delete(range: IDBKeyRange): unknown;
}

/** One transaction over the record and the parts. Null forgets the file. */
async function changeFile(
  id: string,
  path: string,
  change: (file: FileOfDownload, parts: Parts) => FileOfDownload | null,
): Promise<void> {
  await write(
    ['hubDownloads', 'hubParts'],
    async (tx) => {
      const store = tx.objectStore('hubDownloads');
      const download = await store.get(id);
      if (!download) throw new NotFoundError('This download was removed meanwhile. Begin it again.');
      const file = download.files.find((one) => one.path === path) ?? {
        path,
        bytes: 0,
        parts: 0,
        etag: null,
        sha256: null,
      };
      const changed = change(file, tx.objectStore('hubParts'));
      const others = download.files.filter((one) => one.path !== path);
      await store.put({ ...download, at: Date.now(), files: changed ? [...others, changed] : others });
    },
    { quiet: true },
  );
}

function partsOf(id: string, path?: string): IDBKeyRange {
  // Key parts compare one by one, and an array sorts behind every text and number.
  return path === undefined ? IDBKeyRange.bound([id], [id, []]) : IDBKeyRange.bound([id, path], [id, path, []]);
}
