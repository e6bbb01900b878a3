// Zip archives for everything that is taken away as a folder. The same files give the same bytes: entries are
// sorted and carry one fixed time, so that an export can be compared by hash.
import { zipSync, type Zippable } from 'fflate';
import { FormatError } from '../contract/errors';

export interface ArchiveFile {
  /** Relative, with forward slashes. */
  path: string;
  bytes: Uint8Array;
}

/** The earliest time a zip can hold, read in local time as zip does, so the bytes are the same everywhere. */
const fixedTime = new Date(1980, 0, 1, 0, 0, 0);

/** One zip of `files`. FormatError where a path is absolute, climbs out, or comes twice. */
export function zipFiles(files: readonly ArchiveFile[]): Uint8Array {
  const entries = new Map<string, Uint8Array>();
  for (const { path, bytes } of files) {
    const parts = path.split('/');
    if (path === '' || path.includes('\\') || parts.some((part) => part === '' || part === '.' || part === '..'))
      throw new FormatError(`"${path}" cannot be a path inside an archive.`);
    if (entries.has(path)) throw new FormatError(`The archive would hold "${path}" twice.`);
    entries.set(path, bytes);
  }
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const zippable: Zippable = Object.fromEntries(sorted);
  return zipSync(zippable, { level: 6, mtime: fixedTime });
}
