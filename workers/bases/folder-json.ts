// The small JSON files of a model's folder: read whole within a limit, refused by name.
import { FormatError, LimitError } from '../../src/contract/errors';
import type { FolderFile } from './folder-files';

export type JsonObject = Record<string, unknown>;

/** Tokenizers of large vocabularies have 20 MB and more. */
const mostBytes = 128 * 1024 * 1024;

/** The file's text; LimitError where it is far too large for what it is called. */
export async function readText(file: FolderFile): Promise<string> {
  if (file.bytes > mostBytes)
    throw new LimitError(`${file.path} has ${file.bytes.toLocaleString('en-GB')} bytes, too many for such a file.`);
  const bytes = await file.slice(0, file.bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`${file.path} is not text (UTF-8). Download it again.`, { cause });
  }
}

export async function readJson(file: FolderFile): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const page = /^\s*</.test(text) ? ': it is a web page, not the file' : '';
    throw new FormatError(`${file.path} is not JSON${page}. Download it again.`, { cause });
  }
}

/** Null where there is no such file. */
export async function readObject(file: FolderFile | undefined): Promise<JsonObject | null> {
  if (!file) return null;
  const found = await readJson(file);
  if (isObject(found)) return found;
  throw new FormatError(`${file.path} is JSON, but not an object. Download it again.`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
