// From a base's id to its encoder with the values read: what trainers start from and what embeds by itself. The one read
// last is kept, so that a run and the questions around it do not read it anew. Adding is in add-base.ts.
import type { Base, BaseIdentity } from '../../src/contract/bases';
import { starterId } from '../../src/contract/bases';
import { FormatError, UnsupportedError } from '../../src/contract/errors';
import { onChange } from '../../src/storage/changes';
import { getBase } from '../../src/storage/bases';
import { getModel } from '../../src/storage/models';
import type { OpenedEncoder } from './opened-encoder';
import { readFolder } from './read-folder';
import { readStarter } from './starter';
import { storedFiles } from './stored-files';

export type LoadedBase = OpenedEncoder & { base: Base };

let last: { id: string; loaded: Promise<LoadedBase> } | null = null;
let watched = false;

/**
 * The base, ready to be declared in a Parameters. NotFoundError where it is gone (by `name`, where the caller knows one),
 * UnsupportedError where it only answers (ONNX).
 */
export function loadBase(id: string, name?: string): Promise<LoadedBase> {
  if (!watched) {
    watched = true;
    // A base that was removed must not live on here.
    onChange(({ stores }) => {
      if (stores.includes('bases')) forgetBases();
    });
  }
  if (last?.id === id) return last.loaded;
  const loaded = load(id, name);
  last = { id, loaded };
  loaded.catch(() => {
    if (last?.loaded === loaded) last = null;
  });
  return loaded;
}

/** Lets go of the numbers of the base read last. */
export function forgetBases(): void {
  last = null;
}

async function load(id: string, name?: string): Promise<LoadedBase> {
  if (id === starterId) return readStarter();
  const base = await getBase(id, name);
  if (base.kind === 'onnx')
    throw new UnsupportedError(
      `${base.name} is an ONNX file: it gives vectors, but nothing can be trained from it. Choose a base with model.safetensors.`,
    );
  const { load: open } = await readFolder(storedFiles(base));
  if (!open) throw new FormatError(`${base.name} has no weights that can be read. Remove it and add its folder again.`);
  return { ...(await open()), base };
}

/** Models of the task embedding may serve as its bases; nobody else opens them (src/tasks/embedding/model.ts). */
export const isModelId = (id: string): boolean => id.startsWith('model-');

/** What a run notes of its base. Errors as of `loadBase`. */
export async function identityOf(id: string, name?: string): Promise<BaseIdentity> {
  if (isModelId(id)) {
    const model = await getModel(id);
    return { id, name: model.name, hash: model.weightHash };
  }
  const { base } = id === starterId ? await loadBase(id) : { base: await getBase(id, name) };
  return { id, name: base.name, hash: base.hash };
}
