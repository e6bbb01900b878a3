// Zip archives by their directory, entry by entry as streams; the archive is never held whole. Caps on entries,
// declared and real bytes, and growth. No zip64, no encryption.
import { Inflate } from 'fflate';
import { FormatError, LimitError, PasswordError, UnsupportedError } from '../contract/errors';
import { checkGrowth, unpackLimits } from './gzip';
import type { ByteSource } from './reading';

const mostEntries = 10_000;

export interface ZipEntry {
  name: string;
  packedBytes: number;
  unpackedBytes: number;
  method: number;
  encrypted: boolean;
  headerAt: number;
}

export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));
}

async function bytesAt(blob: Blob, start: number, end: number): Promise<DataView<ArrayBuffer>> {
  return new DataView(await blob.slice(start, end).arrayBuffer());
}

/** The entries of an archive, folders left out, in the order of the directory. */
export async function readZipDirectory(name: string, blob: Blob): Promise<ZipEntry[]> {
  const broken = (what: string): FormatError =>
    new FormatError(`${name} is not a whole zip archive (${what}). Pack it again and import that.`);
  const tailStart = Math.max(0, blob.size - 65_557);
  const tail = await bytesAt(blob, tailStart, blob.size);
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw broken('its directory is missing');
  const count = tail.getUint16(end + 10, true);
  const size = tail.getUint32(end + 12, true);
  const start = tail.getUint32(end + 16, true);
  if (count === 0xffff || start === 0xffffffff)
    throw new UnsupportedError(`${name} is a zip64 archive, which is not read yet. Pack fewer or smaller files.`);
  if (count > mostEntries)
    throw new LimitError(`${name} holds ${String(count)} files; at most ${String(mostEntries)} are read. Pack fewer.`);
  if (start + size > blob.size) throw broken('its directory lies outside');
  const directory = await bytesAt(blob, start, start + size);
  const entries: ZipEntry[] = [];
  let declared = 0;
  for (let at = 0, index = 0; index < count; index++) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== 0x02014b50)
      throw broken('its directory is cut short');
    const nameLength = directory.getUint16(at + 28, true);
    const flags = directory.getUint16(at + 8, true);
    if (at + 46 + nameLength > directory.byteLength) throw broken('its directory is cut short');
    const nameBytes = new Uint8Array(directory.buffer, at + 46, nameLength);
    const entry: ZipEntry = {
      name: new TextDecoder(flags & 0x800 ? 'utf-8' : guessNameEncoding(nameBytes)).decode(nameBytes),
      packedBytes: directory.getUint32(at + 20, true),
      unpackedBytes: directory.getUint32(at + 24, true),
      method: directory.getUint16(at + 10, true),
      encrypted: (flags & 1) !== 0,
      headerAt: directory.getUint32(at + 42, true),
    };
    at += 46 + nameLength + directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
    declared += entry.unpackedBytes;
    checkDeclared(name, entry, declared);
    if (!entry.name.endsWith('/')) entries.push(entry);
  }
  return entries;
}

function checkDeclared(name: string, entry: ZipEntry, total: number): void {
  checkGrowth(`${entry.name} in ${name}`, entry.packedBytes, entry.unpackedBytes);
  if (total > unpackLimits.bytes)
    throw new LimitError(
      `${name} unpacks to more than ${String(unpackLimits.bytes / 1024 ** 3)} GB. Import it in parts.`,
    );
}

function guessNameEncoding(bytes: Uint8Array): string {
  return bytes.every((byte) => byte < 0x80) ? 'utf-8' : 'windows-1252';
}

/** Files that archives bring along and nobody means: skipped without a word. */
export function isArchiveJunk(path: string): boolean {
  const base = path.slice(path.lastIndexOf('/') + 1);
  return path.startsWith('__MACOSX/') || base.startsWith('.') || /^(thumbs\.db|desktop\.ini)$/i.test(base);
}

export function zipEntrySource(archive: string, blob: Blob, entry: ZipEntry): ByteSource {
  const name = `${entry.name} in ${archive}`;
  return {
    name: entry.name,
    packedBytes: entry.packedBytes,
    compression: 'zip',
    async *read() {
      if (entry.encrypted)
        throw new PasswordError(`${name} is locked with a password. Unpack it yourself and import the files.`);
      if (entry.method !== 0 && entry.method !== 8)
        throw new UnsupportedError(
          `${name} is packed in a way that is not read yet (method ${String(entry.method)}). Pack it as an ordinary zip.`,
        );
      const header = await bytesAt(blob, entry.headerAt, entry.headerAt + 30);
      if (header.byteLength < 30 || header.getUint32(0, true) !== 0x04034b50)
        throw new FormatError(`${name} is not where the archive's directory says. Pack it again and import that.`);
      const start = entry.headerAt + 30 + header.getUint16(26, true) + header.getUint16(28, true);
      yield* unpack(name, blob.slice(start, start + entry.packedBytes), entry);
    },
  };
}

async function* unpack(name: string, packed: Blob, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  let out = 0;
  const inflate = new Inflate((bytes) => {
    if (bytes.byteLength > 0) ready.push(bytes);
  });
  const bite = entry.method === 0 ? 1024 * 1024 : 65_536;
  for (let at = 0; at < packed.size; at += bite) {
    const bytes = new Uint8Array(await packed.slice(at, at + bite).arrayBuffer());
    if (entry.method === 0) ready.push(bytes);
    else
      try {
        inflate.push(bytes, at + bite >= packed.size);
      } catch (cause) {
        throw new FormatError(`${name} cannot be unpacked. Pack it again and import that.`, { cause });
      }
    for (const part of ready) {
      out += part.byteLength;
      checkGrowth(name, at + bytes.byteLength, out);
      yield part;
    }
    ready = [];
  }
  if (out !== entry.unpackedBytes && entry.unpackedBytes !== 0xffffffff)
    throw new FormatError(`${name} unpacks to another size than the archive says. Pack it again and import that.`);
}
