// The starter: the static encoder that ships with the app. Its folder is fetched from the app's own origin; where that is,
// the worker's entry says, and tests say another place.
import { starterId, type Base } from '../../src/contract/bases';
import { NotFoundError } from '../../src/contract/errors';
import { Sha256 } from '../../src/lib/sha256';
import { hashOfFiles } from './add-base';
import { madeFile, type FolderFile } from './folder-files';
import type { LoadedBase } from './load-base';
import { readFolder } from './read-folder';

const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];

/** Bytes of a file of the starter's folder; rejects where it cannot be had. */
export type ReadStarterFile = (name: string) => Promise<Uint8Array<ArrayBuffer>>;

let read: ReadStarterFile | null = null;

/** Where the starter's files come from. Once, before the first run. */
export function useStarterFiles(reader: ReadStarterFile): void {
  read = reader;
}

/** Reader of the folder at this address of our own origin. */
export function starterAt(folder: string): ReadStarterFile {
  return async (name) => {
    const answer = await fetch(new URL(name, folder)).catch((cause: unknown) => {
      throw missing(`${name} could not be loaded`, cause);
    });
    if (!answer.ok) throw missing(`${name} is not there (${answer.status})`);
    return new Uint8Array(await answer.arrayBuffer());
  };
}

export async function readStarter(): Promise<LoadedBase> {
  const reader = read;
  if (!reader) throw missing('this program was put together without it');
  const files: FolderFile[] = [];
  const hashed: Base['files'] = [];
  for (const name of names) {
    const bytes = await reader(name);
    files.push(madeFile(name, bytes));
    hashed.push({ name, bytes: bytes.length, sha256: new Sha256().update(bytes).hex() });
  }
  const { kind, architecture, parameters, shape, load } = await readFolder(files);
  if (!load) throw missing('its weights are missing');
  const base: Base = {
    ...{ id: starterId, name: 'Starter', kind, architecture, parameters, shape, source: { from: 'app' } },
    bytes: hashed.reduce((sum, { bytes }) => sum + bytes, 0),
    addedAt: 0,
    files: hashed,
    hash: hashOfFiles([...hashed].sort((a, b) => (a.name < b.name ? -1 : 1))),
  };
  return { ...(await load()), base };
}

function missing(what: string, cause?: unknown): NotFoundError {
  return new NotFoundError(
    `The starter model of the app cannot be used: ${what}. Reload the page; without a connection it works once it was loaded.`,
    { cause },
  );
}
