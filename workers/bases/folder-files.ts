// What was dropped, as files by their path inside the model's folder: with or without the folder's own name in front, or
// in a zip. Nothing is read but a zip's directory; what a file means is read-folder's affair.
import { FormatError, LimitError } from '../../src/contract/errors';
import { isArchiveJunk, isZip, readZipDirectory, zipEntrySource, type ZipEntry } from '../../src/formats/zip';

/** A file that is read in slices, wherever it lies. */
export interface FolderFile {
  /** Inside the model's folder: "config.json", "1_Pooling/config.json". */
  path: string;
  bytes: number;
  /** Bytes from `start` to before `end`. */
  slice(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Where it is a file of its own, for readers that want one. */
  blob?: Blob;
}

const mostFiles = 2000;
/** Entries of a zip are unpacked in memory; larger ones must be plain files. */
const mostPackedBytes = 512 * 1024 * 1024;

export interface Folder {
  /** Its own name, where the files say so. */
  name: string | null;
  files: FolderFile[];
}

/** FormatError or LimitError says what cannot be taken. */
export async function folderFiles(given: readonly File[]): Promise<Folder> {
  const files: FolderFile[] = [];
  for (const file of given) {
    const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
    // PyTorch's own files are zip archives, too.
    if (isZip(head) && !/\.(bin|pt|pth)$/i.test(file.name)) files.push(...(await zipFiles(file)));
    else files.push(fileOf(file.webkitRelativePath || file.name, file));
    if (files.length > mostFiles)
      throw new LimitError(`There are more than ${mostFiles} files. Drop the folder of one model only.`);
  }
  if (files.length === 0) throw new FormatError('There are no files. Drop the whole folder of a model.');
  return withoutCommonFolder(files.filter(({ path }) => !isArchiveJunk(path)));
}

/** A file of the browser, or any other bytes, under this path. */
export function fileOf(path: string, blob: Blob): FolderFile {
  return {
    path,
    bytes: blob.size,
    blob,
    slice: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}

/** Bytes that were made here, under this path. */
export function madeFile(path: string, bytes: Uint8Array<ArrayBuffer>): FolderFile {
  return { path, bytes: bytes.length, slice: (start, end) => Promise.resolve(bytes.slice(start, end)) };
}

async function zipFiles(archive: File): Promise<FolderFile[]> {
  const entries = (await readZipDirectory(archive.name, archive)).filter(({ name }) => !isArchiveJunk(name));
  return entries.map((entry) => {
    if (entry.unpackedBytes > mostPackedBytes)
      throw new LimitError(
        `${entry.name} in ${archive.name} is larger than ${mostPackedBytes / 1024 ** 2} MB. Unpack the archive yourself and drop the folder.`,
      );
    let whole: Promise<Uint8Array<ArrayBuffer>> | null = null;
    return {
      path: entry.name,
      bytes: entry.unpackedBytes,
      async slice(start, end) {
        whole ??= unpack(archive, entry);
        return (await whole).slice(start, end);
      },
    };
  });
}

async function unpack(archive: File, entry: ZipEntry): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(entry.unpackedBytes);
  let at = 0;
  for await (const part of zipEntrySource(archive.name, archive, entry).read()) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Takes away folders that stand before every path, and refuses what is no plain relative path or comes twice. */
function withoutCommonFolder(files: readonly FolderFile[]): Folder {
  let name: string | null = null;
  let paths = files.map(({ path }) => path.replaceAll('\\', '/').replace(/^(\.?\/)+/, ''));
  for (;;) {
    const [first = ''] = paths;
    const folder = first.slice(0, first.indexOf('/') + 1);
    if (folder === '' || !paths.every((path) => path.startsWith(folder))) break;
    name = folder.slice(0, -1);
    paths = paths.map((path) => path.slice(folder.length));
  }
  const seen = new Set<string>();
  const plain = files.map((file, i) => {
    const path = paths[i]!;
    if (path.length > 300 || path.split('/').some((part) => part === '' || part === '..'))
      throw new FormatError(
        `"${path.slice(0, 100)}" is no path inside of a folder. Drop the folder of the model itself.`,
      );
    if (seen.has(path))
      throw new FormatError(
        `There are two files called ${path}. Drop the folder of the model itself, so that it is known where each lies.`,
      );
    seen.add(path);
    return { ...file, path };
  });
  return { name, files: plain };
}
