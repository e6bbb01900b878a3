// The parts of a download in the data base: as the download writes them, and as files that a base is made of.
import type { HubDownload, HubListing } from '../../src/contract/hub';
import { appendPart, discardFile, downloadId, finishFile, getDownload, getPart } from '../../src/storage/hub-downloads';
import type { FolderFile } from './folder-files';
import type { PartStore } from './hub-parts';

const fileOf = (download: HubDownload | null, path: string) => download?.files.find((file) => file.path === path);

/** The store of the download with this id, which was begun before. */
export function storedParts(id: string): PartStore {
  return {
    async state(path) {
      const file = fileOf(await getDownload(id), path);
      return { bytes: file?.bytes ?? 0, etag: file?.etag ?? null, sha256: file?.sha256 ?? null };
    },
    append: (path, block, etag) => appendPart(id, path, block, etag),
    async *read(path) {
      const parts = fileOf(await getDownload(id), path)?.parts ?? 0;
      for (let part = 0; part < parts; part++) yield await getPart(id, path, part);
    },
    finish: (path, sha256) => finishFile(id, path, sha256),
    discard: (path) => discardFile(id, path),
  };
}

/** The listing with what is here already of each file. */
export async function withKept(listing: HubListing): Promise<HubListing> {
  const download = await getDownload(downloadId(listing));
  const files = listing.files.map((file) => ({ ...file, kept: fileOf(download, file.path)?.bytes ?? 0 }));
  return { ...listing, files, kept: files.reduce((sum, { kept }) => sum + kept, 0) };
}

/** A finished download as the files of a folder, read in slices out of its parts. */
export async function downloadedFiles(id: string): Promise<FolderFile[]> {
  const download = await getDownload(id);
  return (download?.files ?? []).map(({ path, bytes, parts }) => {
    let last: { part: number; from: number; bytes: Uint8Array<ArrayBuffer> } | null = null;
    return {
      path,
      bytes,
      async slice(start, end) {
        const out = new Uint8Array(end - start);
        // Parts have lengths of their own: walked from the one read last, or from the beginning.
        let [part, from] = last && last.from <= start ? [last.part, last.from] : [0, 0];
        for (; part < parts && from < end; part++) {
          const piece: Uint8Array<ArrayBuffer> = last?.part === part ? last.bytes : await getPart(id, path, part);
          if (from + piece.length > start) {
            const inside = piece.subarray(Math.max(0, start - from), Math.min(piece.length, end - from));
            out.set(inside, Math.max(0, from - start));
            last = { part, from, bytes: piece };
          }
          from += piece.length;
        }
        return out;
      },
    };
  });
}
